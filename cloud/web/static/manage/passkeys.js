// Passkeys: asks the browser for one, to sign in by it or to add it to one's account, and sends what it gives.

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

// What a browser signed, as JSON (WebAuthn level 3, section 5.1); older browsers have no toJSON of their own.
function told(credential) {
  const { response } = credential;
  const parts = { clientDataJSON: text(response.clientDataJSON) };
  for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (response[name]) parts[name] = text(response[name]);
  }
  if (response.getTransports) parts.transports = response.getTransports();
  return JSON.stringify({
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    response: parts,
    clientExtensionResults: credential.getClientExtensionResults(),
  });
}

const listed = (credentials = []) => credentials.map((each) => ({ ...each, id: bytes(each.id) }));

async function ask(address, body) {
  const headers = body === undefined ? {} : { "content-type": "application/json" };
  const answer = await fetch(address, { method: "POST", headers, body });
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw Object.assign(new Error(said.no ?? "other"), { no: said.no ?? "other" });
  return said;
}

async function signIn(form, signal) {
  const options = await ask(form.dataset.options);
  const credential = await navigator.credentials.get({
    publicKey: { ...options, challenge: bytes(options.challenge), allowCredentials: listed(options.allowCredentials) },
    signal,
  });
  const next = encodeURIComponent(form.dataset.next ?? "/manage");
  return ask(`${form.dataset.enter}?next=${next}`, told(credential));
}

async function add(form) {
  const options = await ask(form.dataset.options);
  const credential = await navigator.credentials.create({
    publicKey: {
      ...options,
      challenge: bytes(options.challenge),
      user: { ...options.user, id: bytes(options.user.id) },
      excludeCredentials: listed(options.excludeCredentials),
    },
  });
  const words = encodeURIComponent(form.elements.words.value);
  return ask(`${form.dataset.add}?words=${words}`, told(credential));
}

// A browser's own refusals: InvalidStateError where the device has a passkey of this account already.
function show(problem, error) {
  if (!problem) return;
  const why = error.no ?? (error.name === "InvalidStateError" ? "known" : "other");
  problem.textContent = problem.dataset[why] ?? problem.dataset.other;
  problem.hidden = false;
}

// A passkey is for one origin: at another address of the same store no browser would give it.
const athome = (element) => location.origin === element.dataset.origin;

const adding = document.getElementById("add-passkey");
if (adding && !athome(adding)) show(document.getElementById("passkey-problem"), { no: "address" });
adding?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const problem = document.getElementById("passkey-problem");
  problem.hidden = true;
  try {
    await add(adding);
    location.assign(adding.dataset.done);
  } catch (error) {
    show(problem, error);
  }
});

const entering = document.getElementById("enter-passkey");
if (entering && window.PublicKeyCredential && athome(entering)) {
  entering.hidden = false;
  entering.addEventListener("click", async () => {
    const problem = document.getElementById("passkey-problem");
    problem.hidden = true;
    entering.disabled = true;
    try {
      location.assign((await signIn(entering)).next);
    } catch (error) {
      entering.disabled = false;
      show(problem, error);
    }
  });
}
