# caught by: train_epoch_ch8_carries_the_state
"""You keep the state for the next epoch, which begins at the start of the text. A new epoch begins with net.begin_state."""


# GRADED FUNCTION: train_epoch_ch8
def train_epoch_ch8(net, train_iter, loss, updater, device, use_random_iter):
    state, start, total, tokens = getattr(net, "last_state", None), time.perf_counter(), 0.0, 0
    for X, Y in train_iter:
        X, targets = X.to(device), Y.T.reshape(-1).to(device)
        if state is None or use_random_iter:
            state = net.begin_state(batch_size=X.shape[0], device=device)
        state = tuple(s.detach() for s in state)
        outputs, state = net(X, state)
        l = loss(outputs, targets).mean()
        updater.zero_grad()
        l.backward()
        grad_clipping(net, 1)
        updater.step()
        total, tokens = total + l.item() * targets.numel(), tokens + targets.numel()
    net.last_state = state
    return math.exp(total / tokens), tokens / (time.perf_counter() - start)
