"""parallel.*: an engine of two ranks, by vLLM's own executors, reports what one process does."""

import pytest


@pytest.mark.clause("parallel.tensor")
def test_tensor_parallel(answer, judged):
    """With each matrix parted between two ranks an answer MUST be one process's; new weights MUST reach both ranks."""
    judged(answer)


@pytest.mark.clause("parallel.pipeline")
def test_pipeline_parallel(answer, judged):
    """With the layers parted between two ranks an answer MUST be one process's; new weights MUST reach both ranks."""
    judged(answer)


@pytest.mark.clause("parallel.data")
def test_data_parallel(answer, judged):
    """Each of two engines that share the requests MUST answer as one alone, after new weights too."""
    judged(answer)
