"""What the study builds on, with an address for each."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Reference:
    """A work that is used here: who and when, what, where it can be read, and what for."""

    who: str
    title: str
    url: str
    used_for: str


DOI, ARXIV = "https://doi.org/", "https://arxiv.org/abs/"
REFERENCES = (
    Reference("Bertin-Mahieux, T., Ellis, D. P. W., Whitman, B., Lamere, P. 2011", "The Million Song Dataset. ISMIR",
              "http://millionsongdataset.com/", "the songs that the original's table describes"),
    Reference("Bertin-Mahieux, T., Ellis, D. P. W. 2012", "Large-scale cover song recognition using the 2D Fourier "
              "transform magnitude. ISMIR", "https://ismir.net/conferences/ismir2012.html", "a baseline on covers"),
    Reference("Clopper, C. J., Pearson, E. S. 1934", "The use of confidence or fiducial limits illustrated in the case "
              "of the binomial. Biometrika 26", f"{DOI}10.2307/2331986", "exact intervals of the original's counts"),
    Reference("Curl, E., Shan, T., Young, G., Linov, L., Bain, R.", "Good Composers Borrow, Great Composers Steal: "
              "Analyzing Audio Similarity using Deep Learning",
              "https://www.kaggle.com/datasets/undefinenull/million-song-dataset-spotify-lastfm",
              "the study that is rebuilt (the address is that of its table of songs)"),
    Reference("Defferrard, M., Benzi, K., Vandergheynst, P., Bresson, X. 2017", "FMA: A dataset for music analysis. "
              "ISMIR", f"{ARXIV}1612.01840", "a source to train on"),
    Reference("Efron, B. 1979", "Bootstrap methods: another look at the jackknife. The Annals of Statistics 7",
              f"{DOI}10.1214/aos/1176344552", "intervals, drawn over works"),
    Reference("Ellis, D. P. W. 2007", "The covers80 cover song data set",
              "https://labrosa.ee.columbia.edu/projects/coversongs/covers80/", "the set the original tested on"),
    Reference("Hanley, J. A., Lippman-Hand, A. 1983", "If nothing goes wrong, is everything all right? Interpreting "
              "zero numerators. JAMA 249", f"{DOI}10.1001/jama.1983.03330370053031", "what no fault found allows"),
    Reference("He, K., Zhang, X., Ren, S., Sun, J. 2016", "Deep residual learning for image recognition. CVPR",
              f"{DOI}10.1109/CVPR.2016.90", "ResNet-18"),
    Reference("Khosla, P. and others 2020", "Supervised contrastive learning. NeurIPS", f"{ARXIV}2004.11362",
              "the loss of the composition model"),
    Reference("Kingma, D. P., Ba, J. 2015", "Adam: a method for stochastic optimization. ICLR", f"{ARXIV}1412.6980",
              "the optimizer"),
    Reference("Matejka, P. and others 2017", "Analysis of score normalization in multilingual speaker recognition. "
              "Interspeech", f"{DOI}10.21437/Interspeech.2017-803", "similarities beside a cohort"),
    Reference("McFee, B. and others 2015", "librosa: audio and music signal analysis in Python. SciPy",
              f"{DOI}10.25080/Majora-7b98e3ed-003", "spectrograms, tuning, recurrence"),
    Reference("Naeini, M. P., Cooper, G., Hauskrecht, M. 2015", "Obtaining well calibrated probabilities using "
              "Bayesian binning. AAAI", f"{DOI}10.1609/aaai.v29i1.9602", "calibration error"),
    Reference("Schnitzer, D., Flexer, A., Schedl, M., Widmer, G. 2012", "Local and global scaling reduce hubs in "
              "space. JMLR 13", "https://jmlr.org/papers/v13/schnitzer12a.html", "scaled distances"),
    Reference("Schroff, F., Kalenichenko, D., Philbin, J. 2015", "FaceNet: a unified embedding for face recognition "
              "and clustering. CVPR", f"{DOI}10.1109/CVPR.2015.7298682", "the triplet loss"),
    Reference("Serrà, J., Serra, X., Andrzejak, R. G. 2009", "Cross recurrence quantification for cover song "
              "identification. New Journal of Physics 11", f"{DOI}10.1088/1367-2630/11/9/093017", "OTI + Qmax"),
    Reference("Smith, T. F., Waterman, M. S. 1981", "Identification of common molecular subsequences. Journal of "
              "Molecular Biology 147", f"{DOI}10.1016/0022-2836(81)90087-5", "passages that answer each other"),
    Reference("Wang, A. 2003", "An industrial strength audio search algorithm. ISMIR", f"{DOI}10.5281/zenodo.1416340",
              "the fingerprint"),
)
