# caught by: lstm_step_forward_updates_the_cell, lstm_step_forward_shows_the_cell
"""You use the tanh for the gates, so a gate can be negative and turn a memory round. A gate lies between 0 and 1."""


# GRADED FUNCTION: lstm_step_forward
def lstm_step_forward(x, a_prev, c_prev, parameters):
    v = np.concatenate([a_prev, x])
    forget = np.tanh(parameters["Wf"] @ v + parameters["bf"])
    update = np.tanh(parameters["Wu"] @ v + parameters["bu"])
    output = np.tanh(parameters["Wo"] @ v + parameters["bo"])
    candidate = np.tanh(parameters["Wc"] @ v + parameters["bc"])
    c_next = forget * c_prev + update * candidate
    return output * np.tanh(c_next), c_next
