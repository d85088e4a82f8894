"""Detaches in place, takes functions as updaters, too, and adds up with a tensor."""


# GRADED FUNCTION: train_epoch_ch8
def train_epoch_ch8(net, train_iter, loss, updater, device, use_random_iter):
    state, start = None, time.time()
    metric = [0.0, 0]
    for X, Y in train_iter:
        if state is None or use_random_iter:
            state = net.begin_state(batch_size=X.shape[0], device=device)
        else:
            if isinstance(net, nn.Module) and not isinstance(state, tuple):
                state.detach_()
            else:
                for s in state:
                    s.detach_()
        y = Y.T.reshape(-1)
        X, y = X.to(device), y.to(device)
        y_hat, state = net(X, state)
        l = loss(y_hat, y.long()).mean()
        if isinstance(updater, torch.optim.Optimizer):
            updater.zero_grad()
            l.backward()
            grad_clipping(net, 1)
            updater.step()
        else:
            l.backward()
            grad_clipping(net, 1)
            updater(batch_size=1)
        metric[0] += float(l.detach()) * y.numel()
        metric[1] += y.numel()
    return math.exp(metric[0] / metric[1]), metric[1] / (time.time() - start)
