/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * chain: certificates of tests/pki (valid 2020 to 2049) as text, for tests that need no more than one good chain.
 *
 * chain_root: the producer's root. chain_machine: what its machine sends: the leaf, named machine-7.producer.example, and
 * the intermediate. chain_self_signed: a leaf that nobody issued.
 */
#ifndef CELLGATE_TESTS_CTL_CHAIN_H
#define CELLGATE_TESTS_CTL_CHAIN_H

static const char chain_root[] = "-----BEGIN CERTIFICATE-----\n"
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

static const char chain_machine[] = "-----BEGIN CERTIFICATE-----\n"
                                    "MIICGjCCAcCgAwIBAgIUE4gfFLB3NYGAbtB3zYCWSlCsOWowCgYIKoZIzj0EAwIw\n"
                                    "PTEWMBQGA1UECgwNU2hvZSBQcm9kdWNlcjEjMCEGA1UEAwwaU2hvZSBQcm9kdWNl\n"
                                    "ciBpbnRlcm1lZGlhdGUwHhcNMjAwMTAxMDAwMDAwWhcNNDkxMjMxMjM1OTU5WjA9\n"
                                    "MRYwFAYDVQQKDA1TaG9lIFByb2R1Y2VyMSMwIQYDVQQDDBptYWNoaW5lLTcucHJv\n"
                                    "ZHVjZXIuZXhhbXBsZTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABBltrQZduiyi\n"
                                    "UdHlSuXw8ppw8mfIHiT5498lHoWaa4Fn8O5Wq65nF4LBT/FfoR4EwlwYpTCQEI7c\n"
                                    "xTJtO+5fniOjgZ0wgZowDAYDVR0TAQH/BAIwADAOBgNVHQ8BAf8EBAMCB4AwHQYD\n"
                                    "VR0OBBYEFEji+Yx5yZGbZXIhIt7WpJG40zrMMBMGA1UdJQQMMAoGCCsGAQUFBwMB\n"
                                    "MB8GA1UdIwQYMBaAFMZBCfWeFVdfWG1AAjCUIB1KBPTmMCUGA1UdEQQeMByCGm1h\n"
                                    "Y2hpbmUtNy5wcm9kdWNlci5leGFtcGxlMAoGCCqGSM49BAMCA0gAMEUCIAI/XU7J\n"
                                    "HzMunn4UjSAowN19bAV59PE9lzRUgYetqk+0AiEAu2HCepKkYvTikRSH3ru5zCpx\n"
                                    "jXbMsSCtB8mJ2qUl1jc=\n"
                                    "-----END CERTIFICATE-----\n"
                                    "-----BEGIN CERTIFICATE-----\n"
                                    "MIIB9zCCAX2gAwIBAgIUQEllXFdJF6XR+FAJ9wNMhzQNsa0wCgYIKoZIzj0EAwIw\n"
                                    "NTEWMBQGA1UECgwNU2hvZSBQcm9kdWNlcjEbMBkGA1UEAwwSU2hvZSBQcm9kdWNl\n"
                                    "ciByb290MB4XDTIwMDEwMTAwMDAwMFoXDTQ5MTIzMTIzNTk1OVowPTEWMBQGA1UE\n"
                                    "CgwNU2hvZSBQcm9kdWNlcjEjMCEGA1UEAwwaU2hvZSBQcm9kdWNlciBpbnRlcm1l\n"
                                    "ZGlhdGUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATNFj+cN2wWw+80bQGxL4jz\n"
                                    "35EG79Iw7f3r2XfGDya8sj0Wgi5DiMRzi0DdoVroBHWO57tTGn4BrJFUCDeJ+VCy\n"
                                    "o2MwYTAPBgNVHRMBAf8EBTADAQH/MA4GA1UdDwEB/wQEAwIBBjAdBgNVHQ4EFgQU\n"
                                    "xkEJ9Z4VV19YbUACMJQgHUoE9OYwHwYDVR0jBBgwFoAUcCUcQaHklyQjsZAHXRDi\n"
                                    "AGkLPWAwCgYIKoZIzj0EAwIDaAAwZQIxAL+7PgfKwK8Ba6zWy/wZNNloLkUMAG7c\n"
                                    "1fjhg2q6g7GkIMiGFrlNaFZLlBSJ6UQ0xwIwFTgYji5dR6HK9Dfmv6X9aKze3gfe\n"
                                    "KJgtHozhOccxfd799jsvGXHc+6TyKdpzU9du\n"
                                    "-----END CERTIFICATE-----\n";

static const char chain_self_signed[] = "-----BEGIN CERTIFICATE-----\n"
                                        "MIIB9zCCAZ2gAwIBAgIUB11zQ2tZd05d8m4XTEKkYaQezYYwCgYIKoZIzj0EAwIw\n"
                                        "PTEWMBQGA1UECgwNU2hvZSBQcm9kdWNlcjEjMCEGA1UEAwwabWFjaGluZS03LnBy\n"
                                        "b2R1Y2VyLmV4YW1wbGUwHhcNMjAwMTAxMDAwMDAwWhcNNDkxMjMxMjM1OTU5WjA9\n"
                                        "MRYwFAYDVQQKDA1TaG9lIFByb2R1Y2VyMSMwIQYDVQQDDBptYWNoaW5lLTcucHJv\n"
                                        "ZHVjZXIuZXhhbXBsZTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABBltrQZduiyi\n"
                                        "UdHlSuXw8ppw8mfIHiT5498lHoWaa4Fn8O5Wq65nF4LBT/FfoR4EwlwYpTCQEI7c\n"
                                        "xTJtO+5fniOjezB5MAwGA1UdEwEB/wQCMAAwDgYDVR0PAQH/BAQDAgeAMB0GA1Ud\n"
                                        "DgQWBBRI4vmMecmRm2VyISLe1qSRuNM6zDATBgNVHSUEDDAKBggrBgEFBQcDATAl\n"
                                        "BgNVHREEHjAcghptYWNoaW5lLTcucHJvZHVjZXIuZXhhbXBsZTAKBggqhkjOPQQD\n"
                                        "AgNIADBFAiEA5BhC5J+6pUIhUmRFpkMtMggyv38fR5Ckr05T4hosJaACIHnBgR0k\n"
                                        "jVRZX/tWh5t9/JpjhnA29KwGpgs+kHEGf/a/\n"
                                        "-----END CERTIFICATE-----\n";

#endif
