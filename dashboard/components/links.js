// Links of our own pages change the page in place instead of loading it anew; with a modifier key, or the middle
// button, they still open in a new tab.

// Named as in Address: an address that names no view is the overview's.
function viewOf(query) {
  return new URLSearchParams(query).get("view") ?? "overview";
}

export default function (component) {
  const { setTriggerValue } = component;

  function follow(event) {
    if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const link = event.target.closest?.('a[href^="?"]');
    if (!link) return;
    event.preventDefault();
    const target = link.getAttribute("href");
    if (viewOf(target) !== viewOf(location.search)) {
      document.querySelector('[data-testid="stMain"]')?.scrollTo(0, 0);
    }
    setTriggerValue("followed", target);
  }

  document.addEventListener("click", follow);
  return () => document.removeEventListener("click", follow);
}
