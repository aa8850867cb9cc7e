// Unpacks the browser of the npm package @sparticuz/chromium into TMPDIR, with the libraries that a bare machine
// lacks: the package adds those only where it takes the machine for Amazon's.
import chromium from "@sparticuz/chromium";

await chromium.executablePath();
