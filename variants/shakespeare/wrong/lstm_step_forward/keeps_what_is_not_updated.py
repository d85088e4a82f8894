# caught by: lstm_step_forward_updates_the_cell
"""You keep one minus the update gate of the old cell. That is another cell, the GRU; an LSTM has a gate of its own for
forgetting.
"""


# GRADED FUNCTION: lstm_step_forward
def lstm_step_forward(x, a_prev, c_prev, parameters):
    v = np.concatenate([a_prev, x])
    forget = sigmoid(parameters["Wf"] @ v + parameters["bf"])
    update = sigmoid(parameters["Wu"] @ v + parameters["bu"])
    output = sigmoid(parameters["Wo"] @ v + parameters["bo"])
    candidate = np.tanh(parameters["Wc"] @ v + parameters["bc"])
    c_next = (1 - update) * c_prev + update * candidate
    return output * np.tanh(c_next), c_next
