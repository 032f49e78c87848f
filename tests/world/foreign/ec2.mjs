// SPDX-License-Identifier: BSD-2-Clause
// node ec2.mjs OPERATION REQUEST: one request by node soap, in JSON as the answer is. Signed by its
// own WS-Security: rsa-sha256 over token, Timestamp and Body, the enveloped-signature transform
// besides exclusive C14N, mustUnderstand.
import { readFileSync } from "node:fs";
import process from "node:process";
import soap from "soap";

const { EC2_WSDL, EC2_PRIVATE_KEY, EC2_CERT } = process.env;

const ec2 = await soap.createClientAsync(EC2_WSDL);
ec2.setSecurity(
  new soap.WSSecurityCert(readFileSync(EC2_PRIVATE_KEY), readFileSync(EC2_CERT, "utf8"), "", {
    hasTimeStamp: true,
    signatureTransformations: [
      "http://www.w3.org/2000/09/xmldsig#enveloped-signature",
      "http://www.w3.org/2001/10/xml-exc-c14n#",
    ],
    signatureAlgorithm: "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
    digestAlgorithm: "http://www.w3.org/2001/04/xmlenc#sha256",
    additionalReferences: ["wsse:BinarySecurityToken"],
  }),
);
const [operation, asked] = process.argv.slice(2);
try {
  const [said] = await ec2[`${operation}Async`](JSON.parse(asked));
  process.stdout.write(`${JSON.stringify(said)}\n`);
} catch (fault) {
  process.stderr.write(`${fault.message}\n`);
  process.exitCode = 1;
}
