import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** The campaigns with hundreds of kills take the longest by far: they begin first, and the others fill the time beside them. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => (/\/faults\/kills-[^/]*$/.test(moduleId) ? 0 : 1)
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b))
  }
}
