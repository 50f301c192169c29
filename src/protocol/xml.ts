/**
 * XML as SQS writes it: elements with text or elements in them, no attributes but the namespace of the
 * outermost. What XML 1.0 cannot hold becomes U+FFFD: an echo of bad input must not break the document.
 */

export type XmlElement = readonly [name: string, content: string | readonly XmlElement[]];

const HEADER = '<?xml version="1.0"?>';
const NAMESPACE = "http://queue.amazonaws.com/doc/2012-11-05/";
const SPECIAL = /[&<>"\r]/g;
const ILLEGAL = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;

/** A carriage return survives a parser only as a reference (recorded on SQS). */
const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\r": "&#xD;",
};

export function xmlDocument([name, content]: XmlElement, namespace = NAMESPACE): string {
  return `${HEADER}<${name} xmlns="${namespace}">${printed(content)}</${name}>`;
}

function printed(content: XmlElement[1]): string {
  if (typeof content === "string") return escaped(content);
  let text = "";
  for (const [name, inner] of content) {
    text += inner.length === 0 ? `<${name}/>` : `<${name}>${printed(inner)}</${name}>`;
  }
  return text;
}

function escaped(text: string): string {
  const legal = text.replace(ILLEGAL, "\uFFFD");
  return legal.replace(SPECIAL, (character) => ESCAPES[character] ?? character);
}
