# caught by: lstm_step_forward_keeps_its_arguments
"""You write the new state into the array of the old one to save memory. The caller still needs the old one: return a new
array.
"""


# GRADED FUNCTION: lstm_step_forward
def lstm_step_forward(x, a_prev, c_prev, parameters):
    v = np.concatenate([a_prev, x])
    forget, update, output = (sigmoid(parameters["W" + gate] @ v + parameters["b" + gate]) for gate in "fuo")
    c_next = forget * c_prev + update * np.tanh(parameters["Wc"] @ v + parameters["bc"])
    a_prev[:] = output * np.tanh(c_next)
    return a_prev, c_next
