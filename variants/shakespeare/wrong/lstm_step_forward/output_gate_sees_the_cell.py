# caught by: lstm_step_forward_shows_the_cell
"""You compute the output gate with the weights of the update gate. Each gate has its own, and the names tell which."""


# GRADED FUNCTION: lstm_step_forward
def lstm_step_forward(x, a_prev, c_prev, parameters):
    v = np.concatenate([a_prev, x])
    forget = sigmoid(parameters["Wf"] @ v + parameters["bf"])
    update = sigmoid(parameters["Wu"] @ v + parameters["bu"])
    output = sigmoid(parameters["Wu"] @ v + parameters["bu"])
    candidate = np.tanh(parameters["Wc"] @ v + parameters["bc"])
    c_next = forget * c_prev + update * candidate
    return output * np.tanh(c_next), c_next
