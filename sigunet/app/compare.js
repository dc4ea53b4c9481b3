export default function ({ data, parentElement }) {
  const frame = parentElement.querySelector(".frame");
  const slider = frame.querySelector("input");
  frame.classList.toggle("beside", data.beside);
  frame.style.setProperty("--width", data.width);
  frame.style.setProperty("--height", data.height);
  for (const side of ["before", "after"]) {
    const picture = frame.querySelector(`.${side} img`);
    picture.alt = data[side].alt;
    if (picture.getAttribute("src") !== data[side].url) picture.src = data[side].url;
  }
  const move = () => {
    frame.style.setProperty("--at", `${slider.value}%`);
    slider.setAttribute("aria-valuetext", `${slider.value} % before, the rest after`);
  };
  slider.oninput = move;
  move();
}
