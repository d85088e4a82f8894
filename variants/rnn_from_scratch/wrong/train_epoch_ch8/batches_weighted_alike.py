# caught by: train_epoch_ch8_returns_the_perplexity
"""You average over batches. A batch with more targets counts more: weight by the number of targets."""


# GRADED FUNCTION: train_epoch_ch8
def train_epoch_ch8(net, train_iter, loss, updater, device, use_random_iter):
    state, start, total, tokens, batches = None, time.perf_counter(), 0.0, 0, 0
    for X, Y in train_iter:
        X, targets = X.to(device), Y.T.reshape(-1).to(device)  # (num_steps * batch_size,)
        if state is None or use_random_iter:
            state = net.begin_state(batch_size=X.shape[0], device=device)
        state = tuple(s.detach() for s in state)
        outputs, state = net(X, state)
        l = loss(outputs, targets).mean()
        updater.zero_grad()
        l.backward()
        grad_clipping(net, 1)
        updater.step()
        batches += 1
        total, tokens = total + l.item(), tokens + targets.numel()
    return math.exp(total / batches), tokens / (time.perf_counter() - start)
