# caught by: lstm_step_forward_updates_the_cell, lstm_step_forward_shows_the_cell
"""You compute the state as a plain recurrent network does and leave the cell alone. Without the gates there is no
longer memory.
"""


# GRADED FUNCTION: lstm_step_forward
def lstm_step_forward(x, a_prev, c_prev, parameters):
    v = np.concatenate([a_prev, x])
    return np.tanh(parameters["Wc"] @ v + parameters["bc"]), c_prev.copy()
