# caught by: lstm_step_forward_updates_the_cell, lstm_step_forward_shows_the_cell
"""You return the cell first and the state second. The docstring names the other order."""


# GRADED FUNCTION: lstm_step_forward
def lstm_step_forward(x, a_prev, c_prev, parameters):
    v = np.concatenate([a_prev, x])
    forget = sigmoid(parameters["Wf"] @ v + parameters["bf"])
    update = sigmoid(parameters["Wu"] @ v + parameters["bu"])
    output = sigmoid(parameters["Wo"] @ v + parameters["bo"])
    candidate = np.tanh(parameters["Wc"] @ v + parameters["bc"])
    c_next = forget * c_prev + update * candidate
    return c_next, output * np.tanh(c_next)
