<?php
// SPDX-License-Identifier: BSD-2-Clause
// php ec2.php OPERATION REQUEST: one request by PHP's own SoapClient, in JSON as the answer is.
// PHP has no WS-Security, so this signs by hand: the Timestamp and the Body, by rsa-sha1, as the
// SOAP clients of EC2's first years did. The stamp has milliseconds, since the same words within
// the same second would be the same message, which counts once.

declare(strict_types=1);
error_reporting(E_ALL);
date_default_timezone_set("UTC");
ini_set("display_errors", "stderr");
ini_set("log_errors", "0");
ini_set("soap.wsdl_cache_enabled", "0");

const DS = "http://www.w3.org/2000/09/xmldsig#";
const EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#";
const OASIS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-";
const WSSE = OASIS . "wssecurity-secext-1.0.xsd";
const WSU = OASIS . "wssecurity-utility-1.0.xsd";

class SignedClient extends SoapClient
{
    public function __doRequest(
        string $request, string $location, string $action, int $version, bool $oneWay = false
    ): ?string {
        $document = new DOMDocument();
        $document->loadXML($request);
        $envelope = $document->documentElement;
        $soap = $envelope->namespaceURI;
        $body = $envelope->getElementsByTagNameNS($soap, "Body")->item(0);
        $body->setAttributeNS(WSU, "wsu:Id", "body");
        $header = $envelope->insertBefore($document->createElementNS($soap, "SOAP-ENV:Header"), $body);
        $security = $header->appendChild($document->createElementNS(WSSE, "wsse:Security"));
        $security->setAttributeNS($soap, "SOAP-ENV:mustUnderstand", "1");
        $stamp = $this->stamp($document, $security);
        $this->token($document, $security);
        $this->sign($document, $security, ["stamp" => $stamp, "body" => $body]);
        return parent::__doRequest($document->saveXML(), $location, $action, $version, $oneWay);
    }

    private function stamp(DOMDocument $document, DOMElement $security): DOMElement
    {
        $stamp = $security->appendChild($document->createElementNS(WSU, "wsu:Timestamp"));
        $stamp->setAttributeNS(WSU, "wsu:Id", "stamp");
        foreach (["Created" => 0, "Expires" => 300] as $name => $later) {
            $when = (new DateTimeImmutable("+$later seconds"))->format("Y-m-d\TH:i:s.v\Z");
            $stamp->appendChild($document->createElementNS(WSU, "wsu:$name", $when));
        }
        return $stamp;
    }

    private function token(DOMDocument $document, DOMElement $security): void
    {
        $pem = file_get_contents(getenv("EC2_CERT"));
        preg_match("/-+BEGIN CERTIFICATE-+(.*?)-+END/s", $pem, $found);
        $text = preg_replace("/\s+/", "", $found[1]);
        $token = $security->appendChild(
            $document->createElementNS(WSSE, "wsse:BinarySecurityToken", $text)
        );
        $token->setAttribute("ValueType", OASIS . "x509-token-profile-1.0#X509v3");
        $token->setAttribute("EncodingType", OASIS . "soap-message-security-1.0#Base64Binary");
        $token->setAttributeNS(WSU, "wsu:Id", "token");
    }

    private function sign(DOMDocument $document, DOMElement $security, array $parts): void
    {
        $add = function (DOMElement $to, string $name, array $attributes = [], string $text = "") use (
            $document
        ): DOMElement {
            $made = $to->appendChild($document->createElementNS(DS, "ds:$name"));
            foreach ($attributes as $key => $value) {
                $made->setAttribute($key, $value);
            }
            $made->appendChild($document->createTextNode($text));
            return $made;
        };
        $signature = $add($security, "Signature");
        $info = $add($signature, "SignedInfo");
        $add($info, "CanonicalizationMethod", ["Algorithm" => EXCLUSIVE]);
        $add($info, "SignatureMethod", ["Algorithm" => DS . "rsa-sha1"]);
        foreach ($parts as $id => $part) {
            $reference = $add($info, "Reference", ["URI" => "#$id"]);
            $add($add($reference, "Transforms"), "Transform", ["Algorithm" => EXCLUSIVE]);
            $add($reference, "DigestMethod", ["Algorithm" => DS . "sha1"]);
            $digest = sha1($part->C14N(true), true);
            $add($reference, "DigestValue", [], base64_encode($digest));
        }
        $key = openssl_pkey_get_private(file_get_contents(getenv("EC2_PRIVATE_KEY")));
        openssl_sign($info->C14N(true), $value, $key, OPENSSL_ALGO_SHA1);
        $add($signature, "SignatureValue", [], base64_encode($value));
        $by = $add($signature, "KeyInfo")->appendChild(
            $document->createElementNS(WSSE, "wsse:SecurityTokenReference")
        );
        $by->appendChild($document->createElementNS(WSSE, "wsse:Reference"))
            ->setAttribute("URI", "#token");
    }
}

[, $operation, $asked] = $argv;
$ec2 = new SignedClient(getenv("EC2_WSDL"), ["cache_wsdl" => WSDL_CACHE_NONE]);
echo json_encode($ec2->__soapCall($operation, [json_decode($asked)])), "\n";
