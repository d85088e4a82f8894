"""Rebinds the state to its detached tensors after each batch, and zeroes the gradients at the end of the step."""


# GRADED FUNCTION: train_epoch_ch8
def train_epoch_ch8(net, train_iter, loss, updater, device, use_random_iter):
    begin = time.perf_counter()
    losses, counts = [], []
    state = None
    updater.zero_grad()
    for X, Y in train_iter:
        targets = Y.transpose(0, 1).flatten().to(device)
        if use_random_iter or state is None:
            state = net.begin_state(len(X), device)
        outputs, state = net(X.to(device), state)
        mean_loss = loss(outputs, targets)
        mean_loss.backward()
        grad_clipping(net, theta=1)
        updater.step()
        updater.zero_grad()
        state = tuple(s.data for s in state)
        losses.append(mean_loss.item())
        counts.append(len(targets))
    tokens = sum(counts)
    mean = sum(l * n for l, n in zip(losses, counts)) / tokens
    return torch.exp(torch.tensor(mean)).item(), tokens / (time.perf_counter() - begin)
