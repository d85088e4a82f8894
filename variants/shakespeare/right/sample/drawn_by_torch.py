"""PyTorch computes the softmax of the scaled logarithms and draws."""


# GRADED FUNCTION: sample
def sample(preds, temperature=1.0):
    z = torch.log(torch.as_tensor(np.array(preds, dtype=float))) / temperature
    return torch.multinomial(torch.softmax(z, dim=0), num_samples=1).item()
