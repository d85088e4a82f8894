# caught by: lstm_step_forward_updates_the_cell
"""You keep the cell between -1 and 1. It has no bounds: only what it shows goes through a tanh."""


# GRADED FUNCTION: lstm_step_forward
def lstm_step_forward(x, a_prev, c_prev, parameters):
    v = np.concatenate([a_prev, x])
    forget, update, output = (sigmoid(parameters["W" + gate] @ v + parameters["b" + gate]) for gate in "fuo")
    candidate = np.tanh(parameters["Wc"] @ v + parameters["bc"])
    c_next = np.clip(forget * c_prev + update * candidate, -1, 1)
    return output * np.tanh(c_next), c_next
