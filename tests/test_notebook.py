import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).parent.parent / "notebooks" / "quickstart.ipynb"


@pytest.fixture(scope="module")
def run(data_dir, tmp_path_factory):
    """The executed notebook, the folder of its run, and the folder it was started in."""
    here, workdir = tmp_path_factory.mktemp("here"), tmp_path_factory.mktemp("run")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SIGUNET_NOTEBOOK_STEPS", "3")
        patch.setenv("SIGUNET_NOTEBOOK_SIGNATURES", "80")
        patch.setenv("SIGUNET_NOTEBOOK_PICTURES", "2")
        patch.setenv("SIGUNET_NOTEBOOK_WORKDIR", str(workdir))
        patch.delenv("SIGUNET_NOTEBOOK_ARTIFACT", raising=False)
        # A machine with a key in ~/.netrc would go online.
        patch.setenv("WANDB_MODE", "offline")
        # Streamlit, imported by other tests, sets it for the whole process: figures would not show.
        patch.delenv("MPLBACKEND", raising=False)
        book = nbformat.read(NOTEBOOK, as_version=4)
        client = NotebookClient(book, timeout=300, resources={"metadata": {"path": str(here)}})
        return client.execute(), workdir, here


def code_cells(book):
    return [cell for cell in book.cells if cell.cell_type == "code"]


def printed(book):
    """Everything the cells print, without the progress on stderr."""
    streams = [out for cell in code_cells(book) for out in cell.outputs if "name" in out]
    return "".join(out.text for out in streams if out.name == "stdout")


def test_it_is_stored_valid_and_without_outputs():
    book = nbformat.read(NOTEBOOK, as_version=nbformat.NO_CONVERT)
    nbformat.validate(book)
    assert book.metadata.kernelspec.name == "python3"
    assert len({cell.id for cell in book.cells}) == len(book.cells)
    for cell in code_cells(book):
        assert cell.outputs == [], cell.id
        assert cell.execution_count is None, cell.id


def test_every_cell_runs_from_top_to_bottom(run):
    cells = code_cells(run[0])
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))


def test_the_wandb_cell_says_that_it_is_skipped(run):
    cell = next(cell for cell in code_cells(run[0]) if "wandb.Api()" in cell.source)
    assert [out.text for out in cell.outputs] == [
        "Skipped: loading from W&B needs WANDB_API_KEY and the name in ARTIFACT.\n"
    ]


def test_it_trains_reloads_and_scores(run):
    text = printed(run[0])
    assert "Done after 3 steps" in text
    step = int(re.search(r"^Step (\d+), validation IoU", text, re.MULTILINE)[1])
    assert (run[1] / "checkpoints" / str(step) / "meta").is_dir()
    assert "Means over 2 pictures" in text
    scores = dict(re.findall(r"^(sigunet|Otsu) +F-measure (\S+)", text, re.MULTILINE))
    assert set(scores) == {"sigunet", "Otsu"}
    assert all(0.0 <= float(score) <= 1.0 for score in scores.values())
    # Some ink is dark on bright paper whatever the noise.
    assert float(scores["Otsu"]) > 0.0


def test_it_shows_a_picture_for_each_thing_it_speaks_of(run):
    shown = [cell.id for cell in code_cells(run[0]) if any("data" in out for out in cell.outputs)]
    assert shown == [
        "hands",
        "members",
        "first-pairs",
        "pair",
        "plot",
        "predict",
        "compare",
        "clean-file",
    ]


def test_it_writes_into_its_workdir_alone(run):
    assert (run[1] / "cleaned.png").is_file()
    assert list(run[2].iterdir()) == []
