"""The command that plays with the course's network: train."""

from pathlib import Path

import click

from grading.console import make_console, progress


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--iterations", type=click.IntRange(0), default=35_000, show_default=True, help="Steps, one name each.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Decides the order and the draws.")
@click.option("--names", "count", type=click.IntRange(0), default=10, show_default=True, help="How many to invent.")
@click.option("--save", type=click.Path(dir_okay=False, path_type=Path), help="Write the weights to this .npz file.")
@click.option("--load", type=click.Path(dir_okay=False, path_type=Path), help="Go on from weights saved before.")
def train(file: Path, iterations: int, seed: int, count: int, save: Path | None, load: Path | None) -> None:
    """Train the course's network on a list of names.

    FILE is any text with one name a line: towns, plants, people. Prints names that the network has invented and that
    are not in the list. With --load and --iterations 0 it only invents.
    """
    from grading.train import invent_names, load_network, new_network, read_names, save_network
    from grading.train import train as train_network

    console, names = make_console(), read_names(file)
    network = load_network(load) if load else new_network(names)
    with progress(console, "Training", iterations) as advance:
        loss = train_network(network, names, iterations, seed, lambda loss: advance(f"loss {loss:.3f} per character"))
    if loss is not None:
        console.print(f"Trained on {len(names):,} names; loss {loss:.3f} per character.", highlight=False)
    if save:
        save_network(network, save)
        console.print(f"Weights saved in {save}", highlight=False, soft_wrap=True)
    invented = invent_names(network, names, count, seed)
    for name in invented:
        click.echo(name)
    if len(invented) < count:
        console.print(f"Only {len(invented)} new names came up: the network knows its list by heart.", highlight=False)
