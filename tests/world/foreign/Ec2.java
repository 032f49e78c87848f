// SPDX-License-Identifier: BSD-2-Clause
// EC2 by Axis 1.4: stubs made from our WSDL, messages signed by WSS4J: rsa-sha256 over Timestamp
// and Body, the token by direct reference.
import ec2.*;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.axis.AxisFault;
import org.apache.axis.MessageContext;
import org.apache.axis.SOAPPart;
import org.apache.axis.SimpleChain;
import org.apache.axis.SimpleTargetedChain;
import org.apache.axis.configuration.SimpleProvider;
import org.apache.axis.handlers.BasicHandler;
import org.apache.axis.message.SOAPEnvelope;
import org.apache.axis.transport.http.HTTPSender;
import org.apache.axis.utils.XMLUtils;
import org.apache.ws.security.WSConstants;
import org.apache.ws.security.WSEncryptionPart;
import org.apache.ws.security.WSSConfig;
import org.apache.ws.security.components.crypto.Merlin;
import org.apache.ws.security.message.WSSecHeader;
import org.apache.ws.security.message.WSSecSignature;
import org.apache.ws.security.message.WSSecTimestamp;
import org.w3c.dom.Document;

public class Ec2 {
    /** Signs each message that Axis is about to send. */
    public static class Signer extends BasicHandler {
        private static final String OWNER = "owner";
        private static final char[] NO_PASSWORD = {};
        private final Merlin keys = new Merlin();

        public Signer() throws Exception {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, NO_PASSWORD);
            String pem = new String(Files.readAllBytes(file("EC2_PRIVATE_KEY")));
            byte[] key = Base64.getMimeDecoder().decode(pem.replaceAll("-----[^-]*-----", ""));
            Certificate certificate;
            try (InputStream text = Files.newInputStream(file("EC2_CERT"))) {
                certificate = CertificateFactory.getInstance("X.509").generateCertificate(text);
            }
            store.setKeyEntry(
                OWNER, KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(key)),
                NO_PASSWORD, new Certificate[] {certificate});
            keys.setKeyStore(store);
            WSSConfig.init();
        }

        private static Path file(String variable) {
            return Paths.get(System.getenv(variable));
        }

        @Override
        public void invoke(MessageContext context) throws AxisFault {
            try {
                SOAPPart part = (SOAPPart) context.getRequestMessage().getSOAPPart();
                Document document = ((SOAPEnvelope) part.getEnvelope()).getAsDocument();
                sign(document);
                ByteArrayOutputStream bytes = new ByteArrayOutputStream();
                XMLUtils.ElementToStream(document.getDocumentElement(), bytes);
                part.setCurrentMessage(bytes.toByteArray(), SOAPPart.FORM_BYTES);
            } catch (Exception wrong) {
                throw AxisFault.makeFault(wrong);
            }
        }

        private void sign(Document document) throws Exception {
            WSSecHeader header = new WSSecHeader();
            header.insertSecurityHeader(document);
            WSSecTimestamp stamp = new WSSecTimestamp();
            stamp.setTimeToLive(300);
            stamp.build(document, header);
            WSSecSignature signature = new WSSecSignature();
            signature.setUserInfo(OWNER, "");
            signature.setKeyIdentifierType(WSConstants.BST_DIRECT_REFERENCE);
            signature.setSignatureAlgorithm("http://www.w3.org/2001/04/xmldsig-more#rsa-sha256");
            signature.setDigestAlgo("http://www.w3.org/2001/04/xmlenc#sha256");
            String soap = document.getDocumentElement().getNamespaceURI();
            signature.setParts(Arrays.asList(
                new WSEncryptionPart("Timestamp", WSConstants.WSU_NS, ""),
                new WSEncryptionPart("Body", soap, "")));
            signature.build(document, keys, header);
        }
    }

    private final AmazonEC2PortType ec2;

    Ec2(String url) throws Exception {
        SimpleChain last = new SimpleChain();
        last.addHandler(new Signer());
        SimpleProvider how = new SimpleProvider();
        how.deployTransport("http", new SimpleTargetedChain(last, new HTTPSender(), null));
        ec2 = new AmazonEC2Locator(how).getAmazonEC2Port(new URL(url));
    }

    private Stream<String> zones() throws Exception {
        DescribeAvailabilityZonesType ask = new DescribeAvailabilityZonesType();
        ask.setAvailabilityZoneSet(new DescribeAvailabilityZonesSetItemType[0]);
        return Arrays.stream(ec2.describeAvailabilityZones(ask).getAvailabilityZoneInfo())
            .map(AvailabilityZoneItemType::getZoneName);
    }

    private Stream<String> images() throws Exception {
        DescribeImagesType ask = new DescribeImagesType();
        ask.setImagesSet(new DescribeImagesItemType[0]);
        return Arrays.stream(ec2.describeImages(ask).getImagesSet())
            .map(DescribeImagesResponseItemType::getImageId);
    }

    private String createKey(String name) throws Exception {
        CreateKeyPairType ask = new CreateKeyPairType();
        ask.setKeyName(name);
        return ec2.createKeyPair(ask).getKeyMaterial();
    }

    private String createGroup(String name) throws Exception {
        CreateSecurityGroupType ask = new CreateSecurityGroupType();
        ask.setGroupName(name);
        ask.setGroupDescription("from Axis");
        return String.valueOf(ec2.createSecurityGroup(ask).is_return());
    }

    private String run(String image, String key, String name) throws Exception {
        GroupItemType group = new GroupItemType();
        group.setGroupName(name);
        RunInstancesType ask = new RunInstancesType();
        ask.setImageId(image);
        ask.setMinCount(1);
        ask.setMaxCount(1);
        ask.setKeyName(key);
        ask.setGroupSet(new GroupItemType[] {group});
        ask.setInstanceType("m1.small");
        return ec2.runInstances(ask).getInstancesSet()[0].getInstanceId();
    }

    private String state(String id) throws Exception {
        DescribeInstancesItemType one = new DescribeInstancesItemType();
        one.setInstanceId(id);
        DescribeInstancesType ask = new DescribeInstancesType();
        ask.setInstancesSet(new DescribeInstancesItemType[] {one});
        return ec2.describeInstances(ask).getReservationSet()[0].getInstancesSet()[0]
            .getInstanceState().getName();
    }

    private String console(String id) throws Exception {
        GetConsoleOutputType ask = new GetConsoleOutputType();
        ask.setInstanceId(id);
        return new String(Base64.getMimeDecoder().decode(ec2.getConsoleOutput(ask).getOutput()));
    }

    private String reboot(String id) throws Exception {
        RebootInstancesItemType one = new RebootInstancesItemType();
        one.setInstanceId(id);
        RebootInstancesType ask = new RebootInstancesType();
        ask.setInstancesSet(new RebootInstancesItemType[] {one});
        return String.valueOf(ec2.rebootInstances(ask).is_return());
    }

    private String terminate(String id) throws Exception {
        InstanceIdType one = new InstanceIdType();
        one.setInstanceId(id);
        TerminateInstancesType ask = new TerminateInstancesType();
        ask.setInstancesSet(new InstanceIdType[] {one});
        return ec2.terminateInstances(ask).getInstancesSet()[0].getCurrentState().getName();
    }

    private String answer(List<String> words) throws Exception {
        switch (words.get(0)) {
            case "zones": return zones().collect(Collectors.joining("\n"));
            case "images": return images().collect(Collectors.joining("\n"));
            case "create-key": return createKey(words.get(1));
            case "create-group": return createGroup(words.get(1));
            case "run": return run(words.get(1), words.get(2), words.get(3));
            case "state": return state(words.get(1));
            case "console": return console(words.get(1));
            case "reboot": return reboot(words.get(1));
            case "terminate": return terminate(words.get(1));
            default: throw new IllegalArgumentException(words.get(0));
        }
    }

    public static void main(String[] words) throws Exception {
        try {
            System.out.println(new Ec2(System.getenv("EC2_URL")).answer(Arrays.asList(words)));
        } catch (AxisFault fault) {
            System.err.println(fault.getFaultCode().getLocalPart() + ": " + fault.getFaultString());
            System.exit(1);
        }
    }
}
