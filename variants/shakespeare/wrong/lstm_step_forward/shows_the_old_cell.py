# caught by: lstm_step_forward_shows_the_cell
"""You show the cell of the step before: your state is made of c_prev. It should be made of the new cell."""


# GRADED FUNCTION: lstm_step_forward
def lstm_step_forward(x, a_prev, c_prev, parameters):
    v = np.concatenate([a_prev, x])
    forget = sigmoid(parameters["Wf"] @ v + parameters["bf"])
    update = sigmoid(parameters["Wu"] @ v + parameters["bu"])
    output = sigmoid(parameters["Wo"] @ v + parameters["bo"])
    candidate = np.tanh(parameters["Wc"] @ v + parameters["bc"])
    c_next = forget * c_prev + update * candidate
    return output * np.tanh(c_prev), c_next
