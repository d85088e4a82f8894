# caught by: lstm_step_forward_shows_the_cell
"""Your state is the tanh of the whole cell: the output gate is computed and not used."""


# GRADED FUNCTION: lstm_step_forward
def lstm_step_forward(x, a_prev, c_prev, parameters):
    v = np.concatenate([a_prev, x])
    forget = sigmoid(parameters["Wf"] @ v + parameters["bf"])
    update = sigmoid(parameters["Wu"] @ v + parameters["bu"])
    output = sigmoid(parameters["Wo"] @ v + parameters["bo"])
    candidate = np.tanh(parameters["Wc"] @ v + parameters["bc"])
    c_next = forget * c_prev + update * candidate
    return np.tanh(c_next), c_next
