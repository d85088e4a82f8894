"""Wraps predict_ch8, starts at epoch 0, and gives the two kinds of model their own branches."""


# GRADED FUNCTION: train_ch8
def train_ch8(net, train_iter, vocab, lr, num_epochs, device, use_random_iter=False):
    loss = nn.CrossEntropyLoss()
    history = []
    if isinstance(net, nn.Module):
        updater = torch.optim.SGD(net.parameters(), lr)
    else:
        updater = torch.optim.SGD(net.params, lr)
    predict = lambda prefix: predict_ch8(prefix, 50, net, vocab, device)
    for epoch in range(num_epochs):
        ppl, speed = train_epoch_ch8(net, train_iter, loss, updater, device, use_random_iter)
        if (epoch + 1) % 10 == 0:
            print(epoch + 1, f"{ppl:.1f}")
            print(predict("time traveller"))
        history.append(ppl)
    print(f"perplexity {ppl:.1f}, {speed:.1f} tokens/s on {str(device)}")
    print(predict("time traveller"))
    return history
