/** A page of the stand-in: plain, and clearly not Stripe's own. */
export function page(title: string, body: string): Response {
  const html = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escaped(title)}</title>
<style>
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
  body { max-width: 26rem; margin: 12vh auto; padding: 0 1rem; }
  button, input { font: inherit; padding: .5rem .9rem; }
  button { margin: 0 .4rem .6rem 0; cursor: pointer; }
  [role=alert] { color: light-dark(#a40000, #ff8a8a); }
  small { opacity: .7; }
</style>
<main>
<h1>${escaped(title)}</h1>
${body}
<p><small>A stand-in for Stripe on this machine: no money moves.</small></p>
</main>
</html>
`;
  return new Response(html, { headers: { "content-type": "text/html; charset=utf-8" } });
}

/** A form of buttons; what comes before them is HTML. */
export function buttons(labels: Record<string, string>, before = ""): string {
  const all = Object.entries(labels).map(([action, label]) =>
    `<button name="action" value="${escaped(action)}">${escaped(label)}</button>`
  );
  return `<form method="post">${before}${all.join("\n")}</form>`;
}

export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** `29.00 EUR` */
export function money(amount: number, currency: string): string {
  return `${(amount / 100).toFixed(2)} ${currency.toUpperCase()}`;
}

/** To another page, by GET. */
export function redirect(url: string): Response {
  return new Response(null, { status: 303, headers: { location: url } });
}
