# caught by: lstm_step_forward_updates_the_cell
"""You let in with the forget gate and keep with the update gate. The forget gate belongs to the old cell."""


# GRADED FUNCTION: lstm_step_forward
def lstm_step_forward(x, a_prev, c_prev, parameters):
    v = np.concatenate([a_prev, x])
    forget = sigmoid(parameters["Wf"] @ v + parameters["bf"])
    update = sigmoid(parameters["Wu"] @ v + parameters["bu"])
    output = sigmoid(parameters["Wo"] @ v + parameters["bo"])
    candidate = np.tanh(parameters["Wc"] @ v + parameters["bc"])
    c_next = update * c_prev + forget * candidate
    return output * np.tanh(c_next), c_next
