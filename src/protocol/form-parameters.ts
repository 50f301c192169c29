/**
 * The parameters of a form or a URL's query, `name=value&…`, as they come. Escapes that are no UTF-8 are
 * refused and not replaced, as URLSearchParams would: nobody's message is to change on its way.
 */

export type FormParameter = readonly [name: string, value: string];

/** Throws URIError at an escape that is none. One after the other: there may be millions. */
export function* formParameters(text: string): Generator<FormParameter> {
  for (let from = 0; from < text.length; ) {
    const end = text.indexOf("&", from);
    const parameter = text.slice(from, end === -1 ? text.length : end);
    from += parameter.length + 1;
    if (parameter === "") continue;
    const equals = parameter.indexOf("=");
    const nameEnd = equals === -1 ? parameter.length : equals;
    yield [unescaped(parameter.slice(0, nameEnd)), unescaped(parameter.slice(nameEnd + 1))];
  }
}

function unescaped(text: string): string {
  const spaced = text.replaceAll("+", " ");
  return spaced.includes("%") ? decodeURIComponent(spaced) : spaced;
}
