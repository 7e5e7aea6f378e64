/** Detects indexes that are misread, and addresses that only pip can reach but are tried without it. */
import { afterEach, expect, test, vi } from "vitest";
import { fileAddress, packageIndex } from "#src/native/package-index";

const python = process.env.CHUNKWISE_PYTHON ?? "";
const direct = { HTTPS_PROXY: "", https_proxy: "", ALL_PROXY: "", all_proxy: "" };

afterEach(() => vi.unstubAllEnvs());

function environment(values: Record<string, string>): void {
  for (const [name, value] of Object.entries({ ...direct, ...values })) vi.stubEnv(name, value);
}

test.runIf(python !== "")("the index and the certificates come from pip's own settings", async () => {
  environment({ PIP_INDEX_URL: "https://packages.example/simple", PIP_CERT: "/some/file.pem" });
  expect(await packageIndex(python)).toEqual({
    url: "https://packages.example/simple/",
    certificates: "/some/file.pem",
  });
});

test
  .runIf(python !== "")
  .each([
    { PIP_INDEX_URL: "https://me:secret@packages.example/simple" },
    { PIP_INDEX_URL: "https://packages.example/simple", HTTPS_PROXY: "http://proxy.example:80" },
    { PIP_INDEX_URL: "https://packages.example/simple", PIP_PROXY: "http://proxy.example:80" },
  ])("the download is left to pip with %o", async (values) => {
  environment(values);
  expect(await packageIndex(python)).toBeUndefined();
});

test("the address of a file is found in pages of HTML and of JSON", () => {
  const base = "https://packages.example/simple/p/";
  const html =
    '<a href="../../files/ab/p-1%2B2.whl#sha256=00" data-x="1">p</a><a href="https://other.example/q.whl">q</a>';
  expect(fileAddress(html, base, "p-1+2.whl").href).toBe("https://packages.example/files/ab/p-1%2B2.whl#sha256=00");
  const json = '{"files":[{"filename":"q.whl","url": "https://files.example/q.whl"}]}';
  expect(fileAddress(json, base, "q.whl").href).toBe("https://files.example/q.whl");
  expect(() => fileAddress(html, base, "r.whl")).toThrow("the package index has no file r.whl");
});
