"""The Time Machine as characters, as indices, and as batches of a torch model.

A batch is a pair of tensors of indices, X and Y of shape (batch_size, num_steps); Y is the text one character further
on. There are two ways to cut a text into batches:

- sequential partition: row i of a batch goes on where row i of the batch before has ended, so a state may be carried;
- random sampling: each row is a piece from anywhere, so no state fits.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

import torch

from utils.texts import load_text

FILE = "timemachine.txt"
UNKNOWN = "<unk>"

Batch = tuple[torch.Tensor, torch.Tensor]  # X and Y, both (batch_size, num_steps)
Partition = Callable[[Sequence[int], int, int], Iterator[Batch]]


class Vocab:
    """The distinct tokens of a text, the frequent ones first; index 0 stands for every token that is not among them.

    `len(vocab)` is their number, `vocab[token]` an index, `vocab[tokens]` a list of them, and `vocab.to_tokens` goes
    back. Of equally frequent tokens, the one that the text has first comes first.
    """

    def __init__(self, tokens: Iterable[str]) -> None:
        """Count the tokens: characters of a text, or strings of any length."""
        self.token_freqs = Counter(tokens).most_common()
        self.idx_to_token = [UNKNOWN, *(token for token, _ in self.token_freqs if token != UNKNOWN)]
        self.token_to_idx = {token: index for index, token in enumerate(self.idx_to_token)}

    def __len__(self) -> int:
        return len(self.idx_to_token)

    def __getitem__(self, tokens: str | Sequence[str]) -> int | list[int]:
        if isinstance(tokens, str):
            return self.token_to_idx.get(tokens, 0)
        return [self.token_to_idx.get(token, 0) for token in tokens]

    def to_tokens(self, indices: int | Iterable[int] | torch.Tensor) -> str | list[str]:
        """Return the token of an index, or the list of tokens of several."""
        if isinstance(indices, torch.Tensor):
            indices = indices.tolist()  # a tensor without dimensions becomes a number
        if isinstance(indices, Iterable):
            return [self.idx_to_token[int(index)] for index in indices]
        return self.idx_to_token[int(indices)]


def clean(text: str) -> str:
    """Return the letters a-z in lower case, each run of anything else as one space; line ends vanish without one."""
    lines = (re.sub("[^a-z]+", " ", line.lower()).strip() for line in text.splitlines())
    return "".join(lines)


def load_corpus_time_machine(max_tokens: int = -1) -> tuple[list[int], Vocab]:
    """Return the text as indices and its vocabulary of 28: the unknown one, the space and the letters.

    Args:
        max_tokens: so many characters from the beginning; all of them if it is not positive. The vocabulary is that of
            the whole text in any case.

    Raises:
        TextError: the text is not at hand and could not be downloaded.
    """
    characters = clean(load_text(FILE))
    vocab = Vocab(characters)
    corpus = [vocab.token_to_idx[character] for character in characters]
    return corpus[:max_tokens] if max_tokens > 0 else corpus, vocab


def sequential_partition(corpus: Sequence[int], batch_size: int, num_steps: int) -> Iterator[Batch]:
    """Yield batches in which each row goes on where the same row of the batch before has ended.

    What lies behind a random offset below `num_steps` is cut into `batch_size` long rows, and these into batches. The
    targets go one character beyond the inputs, so the last character is a target only.
    """
    offset = _below(num_steps)
    length = (len(corpus) - offset - 1) // batch_size  # of a row
    X = torch.tensor(corpus[offset : offset + batch_size * length]).reshape(batch_size, length)
    Y = torch.tensor(corpus[offset + 1 : offset + 1 + batch_size * length]).reshape(batch_size, length)
    for start in range(0, length - num_steps + 1, num_steps):
        yield X[:, start : start + num_steps], Y[:, start : start + num_steps]


def random_sampling(corpus: Sequence[int], batch_size: int, num_steps: int) -> Iterator[Batch]:
    """Yield batches of pieces that lie anywhere in the text and do not overlap, each piece once, in random order.

    The pieces begin at a random offset below `num_steps`. Those that would not fill a batch are left out.
    """
    text = torch.tensor(corpus[_below(num_steps) :])
    pieces = (len(text) - 1) // num_steps
    starts = torch.randperm(pieces) * num_steps
    steps = torch.arange(num_steps)
    for first in range(0, pieces - batch_size + 1, batch_size):
        places = starts[first : first + batch_size, None] + steps  # (batch_size, num_steps)
        yield text[places], text[places + 1]


def _below(end: int) -> int:
    """Draw from 0 to end - 1; `torch.manual_seed` decides this as it decides the weights."""
    return int(torch.randint(end, ()))


class Batches:
    """The batches of one epoch; going through them again begins at another random offset."""

    def __init__(self, corpus: Sequence[int], batch_size: int, num_steps: int, partition: Partition) -> None:
        """Keep the text and how to cut it.

        Raises:
            ValueError: the text is too short for a single batch, wherever it begins.
        """
        if (needed := batch_size * num_steps + num_steps) > len(corpus):
            raise ValueError(
                f"Batches of {batch_size} rows of {num_steps} steps need a text of at least {needed} tokens, and this "
                f"one has {len(corpus)}."
            )
        self.corpus, self.batch_size, self.num_steps, self._partition = corpus, batch_size, num_steps, partition

    def __iter__(self) -> Iterator[Batch]:
        return self._partition(self.corpus, self.batch_size, self.num_steps)


def load_data_time_machine(
    batch_size: int, num_steps: int, use_random_iter: bool = False, max_tokens: int = 10_000
) -> tuple[Batches, Vocab]:
    """Return the batches and the vocabulary of The Time Machine.

    Args:
        batch_size: rows of a batch.
        num_steps: characters of a row.
        use_random_iter: random sampling in place of the sequential partition.
        max_tokens: so many characters of the text; all of them if it is not positive.

    Raises:
        TextError: the text is not at hand and could not be downloaded.
        ValueError: the text is too short for a single batch.
    """
    corpus, vocab = load_corpus_time_machine(max_tokens)
    partition = random_sampling if use_random_iter else sequential_partition
    return Batches(corpus, batch_size, num_steps, partition), vocab
