/**
 * Comparison: the product against the floor on a machine that is never quiet. The floor is measured
 * before and after every measurement of the product, each round gives its own ratio, and the medians
 * of the rounds are reported.
 */
import type { Floor, FloorPath } from "./floor.ts";
import { type LoadSample, median, quantile } from "./load.ts";

export type Figures = {
  readonly requestsPerSecond: number;
  readonly messagesPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
};

export type Comparison = {
  readonly product: Figures;
  readonly floor: Readonly<Record<FloorPath, Figures>>;
  /** Medians over the rounds of the product's figure over the floor's in the same round. */
  readonly ratios: Readonly<Record<FloorPath, Ratios>>;
  readonly messageCount: number;
  readonly clientCpuShare: number;
};

export type Ratios = {
  readonly requestsToRequests: number;
  readonly messagesToRequests: number;
  readonly p50ToP50: number;
};

export type ComparisonPlan = {
  readonly floor: Floor;
  readonly callerCount: number;
  readonly roundCount: number;
  readonly floorMs: number;
  readonly product: () => Promise<LoadSample>;
};

export async function compare(plan: ComparisonPlan): Promise<Comparison> {
  const { floor, callerCount, roundCount, floorMs } = plan;
  const measure = async (path: FloorPath): Promise<Figures> =>
    figuresOf(await floor.measure(path, callerCount, floorMs));
  const products: LoadSample[] = [];
  const direct: Figures[] = [await measure("direct")];
  const relayed: Figures[] = [await measure("relayed")];
  for (let round = 0; round < roundCount; round++) {
    products.push(await plan.product());
    direct.push(await measure("direct"));
    relayed.push(await measure("relayed"));
  }
  const figures = products.map(figuresOf);
  return {
    product: medianFigures(figures),
    floor: { direct: medianFigures(direct), relayed: medianFigures(relayed) },
    ratios: { direct: ratiosOf(figures, direct), relayed: ratiosOf(figures, relayed) },
    messageCount: products.reduce((sum, sample) => sum + sample.messageCount, 0),
    clientCpuShare: median(products.map((sample) => sample.clientCpuShare)),
  };
}

export function figuresOf(sample: LoadSample): Figures {
  return {
    requestsPerSecond: sample.requestCount / sample.seconds,
    messagesPerSecond: sample.messageCount / sample.seconds,
    p50Ms: quantile(sample.latenciesMs, 0.5),
    p99Ms: quantile(sample.latenciesMs, 0.99),
  };
}

function medianFigures(figures: readonly Figures[]): Figures {
  const of = (read: (figures: Figures) => number): number => median(figures.map(read));
  return {
    requestsPerSecond: of((each) => each.requestsPerSecond),
    messagesPerSecond: of((each) => each.messagesPerSecond),
    p50Ms: of((each) => each.p50Ms),
    p99Ms: of((each) => each.p99Ms),
  };
}

/** `floors` has one more than `products`: round i lies between floors i and i + 1. */
function ratiosOf(products: readonly Figures[], floors: readonly Figures[]): Ratios {
  const over = (read: (product: Figures, floor: Figures) => number): number =>
    median(
      products.map((product, round) =>
        read(product, medianFigures(floors.slice(round, round + 2))),
      ),
    );
  return {
    requestsToRequests: over((p, f) => p.requestsPerSecond / f.requestsPerSecond),
    messagesToRequests: over((p, f) => p.messagesPerSecond / f.requestsPerSecond),
    p50ToP50: over((p, f) => p.p50Ms / f.p50Ms),
  };
}
