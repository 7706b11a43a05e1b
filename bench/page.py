"""All figures as a page of Markdown, with its pictures and how to measure them again."""

from report import markdown


def page(figures, shown, pictures, settings):
    """`shown`: the blocks of each point, `pictures`: (file, what it shows), `settings`: those of the environment."""
    repeat = " ".join([*(f"{name}={value}" for name, value in sorted(settings.items())), "make bench"])
    parts = ["# What `make bench` measured",
             f"{figures['machine']}; {figures['seconds']:g} s a figure; {figures['day']}. To measure it again:",
             f"```sh\n{repeat}\n```",
             *(f"![{shows}]({file.name})" for file, shows in pictures)]
    for name, blocks in shown.items():
        parts += [f"## {name}", f"Load average before: {figures[name]['load_average']:.1f}.", markdown(blocks)]
    return "\n\n".join(parts) + "\n"
