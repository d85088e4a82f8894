"""The command `grading`: thin; with `console` and `commands` the only place that prints.

Imports stand inside the commands: nbgrader alone takes a second, and ``grading --help`` needs none of it.
"""

from pathlib import Path

import click

from grading.commands.building import demo, release, verify
from grading.commands.grades import autograde, check, doctor
from grading.commands.reports import export, feedback, report
from grading.commands.shared import CANNOT_WORK
from grading.commands.training import train
from grading.errors import GradingError


class _Commands(click.Group):
    """Lists the commands in the order of a course, and shows our errors as one sentence."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Keep the order of definition."""
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> object:
        """Turn a GradingError into its sentence and an exit code."""
        try:
            return super().invoke(ctx)
        except GradingError as error:
            click.echo(f"Error: {error}", err=True)
            ctx.exit(CANNOT_WORK)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--course",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=".",
    help="A folder in the course; the one with nbgrader_config.py is searched from there upwards.  [default: .]",
)
@click.version_option(package_name="dinosaur-island-course")
@click.pass_context
def main(context: click.Context, folder: Path) -> None:
    """Build, grade and explain the assignments of this course.

    A course runs in this order: release an assignment, collect what students hand in (nbgrader collect), autograde
    it, and give feedback. Try it all on a made-up class with: grading demo

    Exit codes: 0 all went well; 1 done, and something needs a person; 2 the command line is wrong; 3 the command
    could not do its work, and says why.
    """
    context.obj = folder


for _command in (demo, release, verify, autograde, check, doctor, feedback, report, export, train):
    main.add_command(_command)
