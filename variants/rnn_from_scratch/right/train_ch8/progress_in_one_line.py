"""Keeps the perplexities in a tensor-free list comprehension over a generator and reports with rounding to one digit."""


# GRADED FUNCTION: train_ch8
def train_ch8(net, train_iter, vocab, lr, num_epochs, device, use_random_iter=False):
    criterion = torch.nn.CrossEntropyLoss(reduction="none")
    sgd = torch.optim.SGD(net.parameters() if isinstance(net, nn.Module) else net.params, lr=float(lr), momentum=0)

    def one(epoch):
        perplexity, speed = train_epoch_ch8(net, train_iter, criterion, sgd, device, use_random_iter)
        if not (epoch + 1) % 10:
            print(
                f"[{epoch + 1}] {perplexity:.1f} ({speed:.0f}/s)", predict_ch8("time traveller", 50, net, vocab, device)
            )
        return perplexity

    return [one(epoch) for epoch in range(num_epochs)]
