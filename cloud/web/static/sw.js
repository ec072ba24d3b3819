// Shows what the store pushes and opens its page when it is touched; it keeps nothing and answers no request.
const own = (url) => {
  const home = new URL("/me", location.origin);
  const target = URL.canParse(url, location.origin) ? new URL(url, location.origin) : home;
  return (target.origin === location.origin ? target : home).href;
};

self.addEventListener("push", (event) => {
  let told = {};
  try {
    told = event.data.json().notification || {};
  } catch {
    // Whatever came, the browser wants something to be shown.
  }
  const { title, body, lang, tag, navigate, actions = [] } = told;
  const urls = { "": own(navigate || "/me") };
  for (const each of actions) urls[each.action] = own(each.navigate);
  const options = { body, lang, tag, actions: actions.map(({ action, title: name }) => ({ action, title: name })), data: urls };
  event.waitUntil(self.registration.showNotification(title || location.host, options));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(self.clients.openWindow(event.notification.data[event.action] || own("/me")));
});
