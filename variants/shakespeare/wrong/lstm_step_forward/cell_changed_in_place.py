# caught by: lstm_step_forward_keeps_its_arguments
"""You change the old cell in place: *= and += write into the array that you were given. Whoever called you still needs it,
so compute a new one.
"""


# GRADED FUNCTION: lstm_step_forward
def lstm_step_forward(x, a_prev, c_prev, parameters):
    v = np.concatenate([a_prev, x])
    forget, update, output = (sigmoid(parameters["W" + gate] @ v + parameters["b" + gate]) for gate in "fuo")
    c_prev *= forget
    c_prev += update * np.tanh(parameters["Wc"] @ v + parameters["bc"])
    return output * np.tanh(c_prev), c_prev
