/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * anchor: the certificate that every anchor file holds while policies are fuzzed: a root of tests/pki, valid 2020 to 2049.
 */
#ifndef CELLGATE_TESTS_FUZZ_ANCHOR_H
#define CELLGATE_TESTS_FUZZ_ANCHOR_H

static const char anchor_pem[] = "-----BEGIN CERTIFICATE-----\n"
                                 "MIIB7DCCAXGgAwIBAgIUJQlphz5wet0SWjlx67uorprMt4kwCgYIKoZIzj0EAwIw\n"
                                 "NTEWMBQGA1UECgwNU2hvZSBQcm9kdWNlcjEbMBkGA1UEAwwSU2hvZSBQcm9kdWNl\n"
                                 "ciByb290MB4XDTIwMDEwMTAwMDAwMFoXDTQ5MTIzMTIzNTk1OVowNTEWMBQGA1UE\n"
                                 "CgwNU2hvZSBQcm9kdWNlcjEbMBkGA1UEAwwSU2hvZSBQcm9kdWNlciByb290MHYw\n"
                                 "EAYHKoZIzj0CAQYFK4EEACIDYgAEMALdC4F1LStzMuCMQLQqHc6lOGOo5HUNCLUL\n"
                                 "C8qOuVH+viAQhD2WNq2BBCahFD6oAeYJyRMimHUXMUcsWEd618M0jJbTf7AX6CoQ\n"
                                 "i7AwNcjAlHoxUSLoW2Aoc2KLIsxZo0IwQDAPBgNVHRMBAf8EBTADAQH/MA4GA1Ud\n"
                                 "DwEB/wQEAwIBBjAdBgNVHQ4EFgQUcCUcQaHklyQjsZAHXRDiAGkLPWAwCgYIKoZI\n"
                                 "zj0EAwIDaQAwZgIxAMeeo8gdevyRNRUnrO7b04El7O2pFLGzLLjl3oMd/tAErQyl\n"
                                 "pq8LPftCkAsz+/hT/wIxAKdkpMpqLzZqgvjm+Ifim5NSF3DPaSmuV6m1cOFkqhHQ\n"
                                 "ogN4Hbaav4XRj8Rx2IMpoQ==\n"
                                 "-----END CERTIFICATE-----\n";

#endif
