const TAG = /<(\/?)([a-z][a-z0-9]*)((?:\s+[a-zA-Z][a-zA-Z0-9-]*="[^"<]*")*)\s*(\/?)>/g;

/** What keeps a page from being well-formed: a tag that is not closed, crosses another, or characters not escaped; null when nothing does. */
export function tagsProblem(html: string): string | null {
  const body = html.replace(/^<!DOCTYPE html>\n/, '').replace(/<style>[^<]*<\/style>/g, '<style></style>');
  const open: string[] = [];
  for (const [tag, closing, name = '', , empty] of body.matchAll(TAG)) {
    if (closing === '/') {
      if (open.pop() !== name) return `${tag} closes nothing`;
    } else if (empty !== '/') open.push(name);
  }
  if (open.length > 0) return `not closed: ${open.join(', ')}`;
  const text = body.replace(TAG, '');
  if (/[<>]/.test(text)) return `a bare angle bracket: ${/.{0,30}[<>].{0,30}/.exec(text)?.[0]}`;
  return /&(?!(amp|lt|gt|quot|#39);)/.test(body) ? 'a bare ampersand' : null;
}
