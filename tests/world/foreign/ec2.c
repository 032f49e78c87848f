/* SPDX-License-Identifier: BSD-2-Clause */
/* EC2 by gSOAP in C: stubs made from our WSDL, signed by gSOAP's own WS-Security plugin: rsa-sha1
   over Timestamp and Body, the token by direct reference. */
#include "AmazonEC2Binding.nsmap"
#include "soapH.h"
#include "wsseapi.h"
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIRST(set) (full((set) ? (set)->__sizeitem : 0), (set)->item)

static struct soap *soap;
static const char *url;

static void give_up(const char *what) {
    fprintf(stderr, "%s\n", what);
    exit(1);
}

static void full(int size) {
    if (size < 1)
        give_up("an empty list");
}

static void check(int status) {
    if (status != SOAP_OK) {
        soap_print_fault(soap, stderr);
        exit(1);
    }
}

static FILE *file_of(const char *variable) {
    const char *path = getenv(variable);
    FILE *file = path ? fopen(path, "r") : NULL;
    if (!file)
        give_up(variable);
    return file;
}

/* Signs what is sent next. The stamp's id is new each time: its seconds alone would make the same
   words within one second the same message, which counts once. */
static void sign(void) {
    static char id[64];
    FILE *file = file_of("EC2_PRIVATE_KEY");
    EVP_PKEY *key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
    fclose(file);
    snprintf(id, sizeof id, "Time-%ld", (long)getpid());
    soap_wsse_add_Security(soap);
    check(soap_wsse_add_Timestamp(soap, id, 300));
    check(soap_wsse_add_BinarySecurityTokenPEM(soap, "X509Token", getenv("EC2_CERT")));
    check(soap_wsse_add_KeyInfo_SecurityTokenReferenceX509(soap, "#X509Token"));
    check(soap_wsse_sign_body(soap, SOAP_SMD_SIGN_RSA_SHA1, key, 0));
}

static void zones(void) {
    struct ns1__DescribeAvailabilityZonesSetType none = {0};
    struct ns1__DescribeAvailabilityZonesType ask = {.availabilityZoneSet = &none};
    struct ns1__DescribeAvailabilityZonesResponseType said;
    check(soap_call___ns1__DescribeAvailabilityZones(soap, url, NULL, &ask, &said));
    struct ns1__AvailabilityZoneSetType *found = said.availabilityZoneInfo;
    for (int i = 0; i < found->__sizeitem; i++)
        puts(found->item[i].zoneName);
}

static void images(void) {
    struct ns1__DescribeImagesInfoType none = {0};
    struct ns1__DescribeImagesType ask = {.imagesSet = &none};
    struct ns1__DescribeImagesResponseType said;
    check(soap_call___ns1__DescribeImages(soap, url, NULL, &ask, &said));
    for (int i = 0; i < said.imagesSet->__sizeitem; i++)
        puts(said.imagesSet->item[i].imageId);
}

static void create_key(char *name) {
    struct ns1__CreateKeyPairType ask = {.keyName = name};
    struct ns1__CreateKeyPairResponseType said;
    check(soap_call___ns1__CreateKeyPair(soap, url, NULL, &ask, &said));
    puts(said.keyMaterial);
}

static void create_group(char *name) {
    struct ns1__CreateSecurityGroupType ask = {.groupName = name, .groupDescription = "from C"};
    struct ns1__CreateSecurityGroupResponseType said;
    check(soap_call___ns1__CreateSecurityGroup(soap, url, NULL, &ask, &said));
    puts(said.return_ ? "true" : "false");
}

static void run(char *image, char *key, char *name) {
    struct ns1__GroupItemType group = {.groupName = name};
    struct ns1__GroupSetType groups = {1, &group};
    struct ns1__RunInstancesType ask = {.imageId = image, .minCount = 1, .maxCount = 1,
        .keyName = key, .groupSet = &groups, .instanceType = "m1.small"};
    struct ns1__RunInstancesResponseType said;
    check(soap_call___ns1__RunInstances(soap, url, NULL, &ask, &said));
    puts(FIRST(said.instancesSet)->instanceId);
}

static void state(char *id) {
    struct ns1__DescribeInstancesItemType one = {id};
    struct ns1__DescribeInstancesInfoType these = {1, &one};
    struct ns1__DescribeInstancesType ask = {.instancesSet = &these};
    struct ns1__DescribeInstancesResponseType said;
    check(soap_call___ns1__DescribeInstances(soap, url, NULL, &ask, &said));
    puts(FIRST(FIRST(said.reservationSet)->instancesSet)->instanceState->name);
}

static void console(char *id) {
    struct ns1__GetConsoleOutputType ask = {id};
    struct ns1__GetConsoleOutputResponseType said;
    check(soap_call___ns1__GetConsoleOutput(soap, url, NULL, &ask, &said));
    int size = 0;
    const char *bytes = soap_base642s(soap, said.output, NULL, 0, &size);
    fwrite(bytes, 1, size, stdout);
}

static void reboot_(char *id) {
    struct ns1__RebootInstancesItemType one = {id};
    struct ns1__RebootInstancesInfoType these = {1, &one};
    struct ns1__RebootInstancesType ask = {&these};
    struct ns1__RebootInstancesResponseType said;
    check(soap_call___ns1__RebootInstances(soap, url, NULL, &ask, &said));
    puts(said.return_ ? "true" : "false");
}

static void terminate(char *id) {
    struct ns1__InstanceIdType one = {id};
    struct ns1__InstanceIdSetType these = {1, &one};
    struct ns1__TerminateInstancesType ask = {&these};
    struct ns1__TerminateInstancesResponseType said;
    check(soap_call___ns1__TerminateInstances(soap, url, NULL, &ask, &said));
    puts(FIRST(said.instancesSet)->currentState->name);
}

int main(int count, char **words) {
    const char *verb = count > 1 ? words[1] : "";
    char *first = count > 2 ? words[2] : "";
    url = getenv("EC2_URL");
    soap = soap_new1(SOAP_XML_CANONICAL | SOAP_XML_STRICT);
    soap_register_plugin(soap, soap_wsse);
    sign();
    if (!strcmp(verb, "zones")) zones();
    else if (!strcmp(verb, "images")) images();
    else if (!strcmp(verb, "create-key")) create_key(first);
    else if (!strcmp(verb, "create-group")) create_group(first);
    else if (!strcmp(verb, "run") && count == 5) run(first, words[3], words[4]);
    else if (!strcmp(verb, "state")) state(first);
    else if (!strcmp(verb, "console")) console(first);
    else if (!strcmp(verb, "reboot")) reboot_(first);
    else if (!strcmp(verb, "terminate")) terminate(first);
    else give_up("an unknown verb");
    soap_destroy(soap);
    soap_end(soap);
    soap_free(soap);
    return 0;
}
