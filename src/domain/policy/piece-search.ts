/**
 * Finding a piece of text, some of whose characters may be any, where it is first in another text. All
 * beginnings of the piece that fit so far are bits of a number, which move on together with each character
 * (the Shift-And method). The steps are the text's length times a 32nd of the piece's: no piece and no
 * text can be chosen that take more.
 */
const WORD_BITS = 32;

export type PieceTerms = {
  /** Whether the character at this place of the piece may be any. */
  readonly isAny: (at: number) => boolean;
  readonly from: number;
};

/** Where the first occurrence that begins at `from` or later ends; -1 where there is none. */
export function findPiece(
  piece: string,
  { isAny, from }: PieceTerms,
  text: string,
  effort: { steps: number },
): number {
  if (piece.length === 0) return from;
  const masks = new Masks(piece, isAny);
  const fitting = new Uint32Array(masks.wordCount);
  const last = piece.length - 1;
  for (let textAt = from; textAt < text.length; textAt++) {
    const mask = masks.of(text[textAt]);
    let carry = 1;
    for (let word = 0; word < fitting.length; word++) {
      effort.steps++;
      const bits = fitting[word] ?? 0;
      fitting[word] = ((bits << 1) | carry) & (mask[word] ?? 0);
      carry = bits >>> (WORD_BITS - 1);
    }
    if (isBitSet(fitting, last)) return textAt + 1;
  }
  return -1;
}

/** For each character, at which places of the piece it fits. */
class Masks {
  readonly wordCount: number;
  readonly #others: Uint32Array;
  readonly #masks = new Map<string, Uint32Array>();

  constructor(piece: string, isAny: (at: number) => boolean) {
    this.wordCount = Math.ceil(piece.length / WORD_BITS);
    const places = Array.from({ length: piece.length }, (_, at) => at);
    this.#others = new Uint32Array(this.wordCount);
    for (const at of places.filter(isAny)) setBit(this.#others, at);
    for (const at of places) {
      const unit = piece[at] ?? "";
      if (isAny(at)) continue;
      const mask = this.#masks.get(unit) ?? this.#others.slice();
      setBit(mask, at);
      this.#masks.set(unit, mask);
    }
  }

  of(unit: string | undefined): Uint32Array {
    return this.#masks.get(unit ?? "") ?? this.#others;
  }
}

function setBit(words: Uint32Array, at: number): void {
  const word = Math.floor(at / WORD_BITS);
  words[word] = (words[word] ?? 0) | (1 << (at % WORD_BITS));
}

function isBitSet(words: Uint32Array, at: number): boolean {
  return (((words[Math.floor(at / WORD_BITS)] ?? 0) >>> (at % WORD_BITS)) & 1) === 1;
}
