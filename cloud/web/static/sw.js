// Shows what the store pushes and opens its page when it is touched; it keeps nothing and answers no request.
const own = (url) => {
  const target = new URL(url || "/me", location.origin);
  return target.origin === location.origin ? target.href : location.origin + "/me";
};

self.addEventListener("push", (event) => {
  let told = {};
  try {
    told = event.data.json().notification || {};
  } catch {
    // Whatever came, the browser wants something to be shown.
  }
  const { title, body, lang, tag, navigate, actions = [] } = told;
  const urls = { "": own(navigate) };
  for (const each of actions) urls[each.action] = own(each.navigate);
  const options = { body, lang, tag, actions: actions.map(({ action, title: name }) => ({ action, title: name })), data: urls };
  event.waitUntil(self.registration.showNotification(title || location.host, options));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(self.clients.openWindow(event.notification.data[event.action] || own()));
});
