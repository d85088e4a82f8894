"""The stacked vector is filled by slices, and the sigmoid is the usual formula written by hand."""


# GRADED FUNCTION: lstm_step_forward
def lstm_step_forward(x, a_prev, c_prev, parameters):
    Wf, bf = parameters["Wf"], parameters["bf"]
    Wu, bu = parameters["Wu"], parameters["bu"]
    Wc, bc = parameters["Wc"], parameters["bc"]
    Wo, bo = parameters["Wo"], parameters["bo"]
    n_x, m = x.shape
    n_a, m = a_prev.shape
    concat = np.zeros((n_a + n_x, m))
    concat[:n_a, :] = a_prev
    concat[n_a:, :] = x
    ft = 1 / (1 + np.exp(-(np.dot(Wf, concat) + bf)))
    ut = 1 / (1 + np.exp(-(np.dot(Wu, concat) + bu)))
    cct = np.tanh(np.dot(Wc, concat) + bc)
    c_next = ft * c_prev + ut * cct
    ot = 1 / (1 + np.exp(-(np.dot(Wo, concat) + bo)))
    a_next = ot * np.tanh(c_next)
    return a_next, c_next
