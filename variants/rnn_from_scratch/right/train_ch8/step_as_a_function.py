"""Writes the descent itself, as a function in the place of an optimizer, for a train_epoch_ch8 that takes both."""


# GRADED FUNCTION: train_ch8
def train_ch8(net, train_iter, vocab, lr, num_epochs, device, use_random_iter=False):
    params = [p for p in (net.parameters() if isinstance(net, nn.Module) else net.params) if p.requires_grad]

    def updater(batch_size):
        with torch.no_grad():
            for param in params:
                param -= lr * param.grad / batch_size
                param.grad.zero_()

    perplexities = []
    for epoch in range(num_epochs):
        perplexity, speed = train_epoch_ch8(net, train_iter, nn.CrossEntropyLoss(), updater, device, use_random_iter)
        perplexities += [perplexity]
        if epoch % 10 == 9:
            print("epoch %d: perplexity %.3f, %d tokens per second" % (epoch + 1, perplexity, speed))
            print(predict_ch8(prefix="time traveller", num_preds=50, net=net, vocab=vocab, device=device))
    return perplexities
