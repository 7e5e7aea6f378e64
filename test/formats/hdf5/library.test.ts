import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { Hdf5File, type Hdf5Library, hasBroken } from "#src/formats/hdf5/library";
import { temporaryFolder } from "../../support/folder.js";
import { runPython } from "../../support/python.js";

const path = join(temporaryFolder(), "x.h5");

beforeAll(() => runPython(`import sys, h5py\nh5py.File(sys.argv[1], "w").attrs["a"] = 1`, path));

/** Where the library's stack ends. */
function stackOf(h5: Hdf5Library): number {
  const library = h5 as unknown as {
    _tell(address: number): void;
    ccall(name: string, result: null, types: readonly ["array"], args: readonly [readonly number[]]): void;
  };
  let end = 0;
  library._tell = (address) => {
    end = address;
  };
  library.ccall("tell", null, ["array"], [[0]]);
  return end;
}

describe("the HDF5 library", () => {
  test("has the same stack after an error as before", async () => {
    const source = await Hdf5File.open(path);
    try {
      const before = source.call("look", stackOf);
      for (let i = 0; i < 3; i++) {
        const missing = () => source.call("list", (h5, id) => h5.get_attribute_names(id, "missing"));
        expect(missing).toThrow(/HDF5 cannot list: /);
      }
      expect(source.call("look", stackOf)).toBe(before);
    } finally {
      source.close();
    }
  });

  test("is not used again after it has trapped: a file that is opened later gets another one", async () => {
    const source = await Hdf5File.open(path);
    const trap = () => {
      throw new WebAssembly.RuntimeError("memory access out of bounds");
    };
    expect(() => source.call("read", trap)).toThrow(/HDF5 cannot read: it broke down over what it read/);
    expect(hasBroken()).toBe(true);
    expect(() => source.call("read on", () => 1)).toThrow(/cannot read on: HDF5 broke down over the damaged file/);
    source.close();
    const another = await Hdf5File.open(path);
    expect(hasBroken()).toBe(false);
    expect(another.call("list", (h5, id) => h5.get_attribute_names(id, "/"))).toEqual(["a"]);
    another.close();
  });
});
