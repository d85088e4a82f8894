# caught by: lstm_step_forward_updates_the_cell, lstm_step_forward_shows_the_cell
"""You stack the input above the state, but the weights expect the state first. Both orders have the same shape, so no
error warns you.
"""


# GRADED FUNCTION: lstm_step_forward
def lstm_step_forward(x, a_prev, c_prev, parameters):
    v = np.concatenate([x, a_prev])
    forget = sigmoid(parameters["Wf"] @ v + parameters["bf"])
    update = sigmoid(parameters["Wu"] @ v + parameters["bu"])
    output = sigmoid(parameters["Wo"] @ v + parameters["bo"])
    candidate = np.tanh(parameters["Wc"] @ v + parameters["bc"])
    c_next = forget * c_prev + update * candidate
    return output * np.tanh(c_next), c_next
