const PAUSE = 200; // ms

export default function ({ data, parentElement }) {
  const region = parentElement.querySelector(".sigunet-verdict");
  const { about, kind, headline, more } = data;
  const told = JSON.stringify([kind, headline, more]);
  const { about: aboutBefore, told: toldBefore } = region.dataset;
  if (told === toldBefore && about === aboutBefore) return;
  Object.assign(region.dataset, { about, told });
  const tell = () => {
    region.className = `sigunet-verdict ${kind}`;
    region.replaceChildren();
    if (!headline) return;
    const first = document.createElement("strong");
    first.textContent = headline;
    region.append(first, ` ${more}`);
  };
  clearTimeout(region.pending);
  // A region that has only just come, or the same words as before, need a moment without any.
  if (toldBefore === undefined || told === toldBefore) {
    region.replaceChildren();
    region.pending = setTimeout(tell, PAUSE);
  } else {
    tell();
  }
}
