"""Recipes with a name, by which other recipes may call them."""

DEFAULT_RECIPE = (
    "sheet(p=0.5)|pen(p=0.75)|lines(p=0.45)|text(p=0.4)|stamp(p=0.2)|scribbles(p=0.2)"
    "|scratches(p=0.2)|brightness_contrast(p=0.75)|speckle(p=0.4)|gaussian(p=0.45)"
    "|salt_pepper(p=0.4)"
)
"""The described family: each pixel noise in 40 % of the pairs or more, something laid over or
under the ink in 79 %, brightness and contrast in 75 %."""

WIDE_RECIPE = "|".join(
    (
        # Paper, and what shines through it.
        "sheet(0.8, 1, colour=0.4, p=0.45)",
        "texture(0.02, 0.28, colour=0.4, p=0.3)",
        "fibres(20, 80, colour=0.5, p=0.05)",
        "stains(0.1, 0.6, rings=0.45, colour=0.7, p=0.24)",
        "bleed_through(0.05, 0.5, blur=(0.6, 3), colour=0.6, p=0.28)",
        # The pen.
        "ballpoint(0, 0.45, uneven=(0, 0.45), colour=0.55, p=0.92)",
        "pencil(p=0.05)",
        "fade(0.2, 1, p=0.14)",
        "bleed(0.2, 1.5, p=0.08)",
        # What is printed, stamped and written.
        "lines(1, 5, grey=(0.1, 0.8), over=0.35, colour=0.3, guides=0.25, p=0.21)",
        "text(8, 40, grey=(0, 0.6), over=0.35, dense=0.55, styled=0.25, uneven=0.25, colour=0.12,"
        " p=0.34)",
        "form(colour=0.35, p=0.12)",
        "security(colour=0.75, p=0.07)",
        "seal(strength=(0.22, 1), colour=0.8, p=0.3)",
        "scribbles(1, 4, like=0.65, other=0.45, colour=0.6, p=0.1)",
        "writing(colour=0.6, p=0.07)",
        "annotations(colour=0.6, p=0.03)",
        "scratches(p=0.04)",
        "lens(0.3, 0.8, p=0.95)",
        # How the sheet lies, and its light.
        "rotate(-8, 8, p=0.08)",
        "perspective(0.005, 0.08, p=0.1)",
        "elastic(p=0.06)",
        "folds(p=0.09)",
        "crumple(p=0.04)",
        "shadow(0.1, 0.7, p=0.1)",
        "gradient(0.1, 0.7, p=0.1)",
        "vignette(0.5, 1.3, p=0.06)",
        "cast(0.02, 0.25, p=0.1)",
        "brightness_contrast(p=0.25)",
        # The lens, the scanner and the file.
        "blur(0.08, 0.95, p=0.24)",
        "motion(1, 9, most=3, p=0.08)",
        "fringe(p=0.04)",
        "copy(0.005, 0.07, p=0.07)",
        "grey(p=0.4)",
        "poisson(30, 400, least=2.5, p=0.1)",
        "speckle(0.02, 0.3, least=2.5, p=0.1)",
        "gaussian(0.01, 0.15, least=2.5, p=0.17)",
        "salt_pepper(0.001, 0.06, p=0.1)",
        "sharpen(p=0.08)",
        "resolution(0.25, 1, p=0.14)",
        "posterise(p=0.02)",
        "jpeg(8, 95, p=0.28)",
    )
)
"""The wide family: what real documents do to a signature, in colour, a third of it seen in grey."""

PAGE = ("sheet", "pen", "ballpoint", "lens")
"""Members that are no noise: what is written on, with what, and how it is seen."""

NAMED = {"default": DEFAULT_RECIPE, "wide": WIDE_RECIPE}
"""What stands for a whole recipe where a member could stand."""
