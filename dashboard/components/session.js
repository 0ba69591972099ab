// Once the server no longer knows the session (its token was revoked or is over, the server was started anew), the page
// is loaded again, which leads to the login. A server that does not answer at all is left to Streamlit's own message.

export default function () {
  const app = document.querySelector(".stApp");

  async function look() {
    if (app.dataset.testConnectionState === "CONNECTED") return;
    const answer = await fetch("/_stcore/host-config").catch(() => null);
    if (answer?.status === 401) location.reload();
  }

  const observer = new MutationObserver(look);
  observer.observe(app, { attributeFilter: ["data-test-connection-state"] });
  look(); // it may have ended already
  return () => observer.disconnect();
}
