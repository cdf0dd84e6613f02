package school.lectern.auth.token;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import school.lectern.auth.format.Secret;

/** Compares the hash algorithms with published test vectors. */
class KnownAnswersTest {

    /** From NIST's examples to FIPS 180-4. */
    @ParameterizedTest
    @CsvSource({
        "'', e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "abc, ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq, "
                + "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    })
    void sha256(String secret, String digest) {
        assertThat(Sha2.SHA256.hash(Secret.of(secret)).expose()).isEqualTo(digest);
    }

    /** From NIST's examples to FIPS 180-4. */
    @ParameterizedTest
    @CsvSource({
        "'', cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
                + "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e",
        "abc, ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
    })
    void sha512(String secret, String digest) {
        assertThat(Sha2.SHA512.hash(Secret.of(secret)).expose()).isEqualTo(digest);
    }

    /** RFC 4231, section 4: the cases 1, 2, 6 and 7, whose data is text. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0b | 20 | Hi There | b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
                "4a656665 | 1 | what do ya want for nothing?"
                        + " | 5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
                "aa | 131 | Test Using Larger Than Block-Size Key - Hash Key First"
                        + " | 60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
                "aa | 131 | This is a test using a larger than block-size key and a larger than block-size data."
                        + " The key needs to be hashed before being used by the HMAC algorithm."
                        + " | 9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"
            })
    void hmac_sha256(String keyHex, int times, String secret, String digest) {
        HmacSha256 hmac = new HmacSha256(1, HexFormat.of().parseHex(keyHex.repeat(times)));

        assertThat(hmac.hash(Secret.of(secret)).expose()).isEqualTo(digest);
    }

    /** From the test set of jBCrypt, which is OpenBSD's; the last vector is from the test set of crypt_blowfish. */
    @ParameterizedTest
    @CsvSource({
        "'', $2a$06$DCq7YPn5Rq63x1Lad4cll.TV4S6ytwfsfvkgY8jIucDrjc8deX1s.",
        "'', $2a$08$HqWuK6/Ng6sg9gQzbLrgb.Tl.ZHfXLhvt/SgVyWhQqgqcZ7ZuUtye",
        "a, $2a$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe",
        "a, $2a$10$k87L/MF28Q673VKh8/cPi.SUl7MU/rWuSiIDDFayrKk/1tBsSQu4u",
        "abc, $2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i",
        "abcdefghijklmnopqrstuvwxyz, $2a$06$.rCVZVOThsIa97pEDOxvGuRRgzG64bvtJ0938xuqzv18d3ZpQhstC",
        "~!@#$%^&*()      ~!@#$%^&*()PNBFRD, $2a$06$fPIsBO8qRqkjj273rfaOI.HtSV9jLDpTbZn782DC6/t7qT67P6FfO",
        "U*U, $2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"
    })
    void bcrypt(String secret, String hash) {
        BcryptHash parsed = BcryptHash.parse(hash);

        assertThat(parsed.matches(Secret.of(secret))).isTrue();
        assertThat(parsed.matches(Secret.of(secret + "x"))).isFalse();
        assertThat(BcryptHash.parse(hash.replace("$2a$", "$2b$")).matches(Secret.of(secret)))
                .isTrue();
        assertThat(BcryptHash.parse(hash.replace("$2a$", "$2y$")).matches(Secret.of(secret)))
                .isTrue();
    }

    /**
     * From the test set of the reference implementation. The example of RFC 9106 has a key and associated data, which the PHC
     * string format does not contain.
     */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "password | $argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
                "password | $argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc",
                "password | $argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
                "password | $argon2id$v=19$m=65536,t=4,p=1$c29tZXNhbHQ$kCXUjmjvc5XMqQedpMTsOv+zyJEf5PhtGiUghW9jFyw",
                "differentpassword"
                        + " | $argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$C4TWUs9rDEvq7w3+J4umqA32aWKB1+DSiRuBfYxFj94",
                "password | $argon2id$v=19$m=65536,t=2,p=1$ZGlmZnNhbHQ$vfMrBczELrFdWP0ZsfhWsRPaHppYdP3MVEMIVlqoFBw"
            })
    void argon2id(String secret, String hash) {
        Argon2idHash parsed = Argon2idHash.parse(hash);

        assertThat(parsed.matches(Secret.of(secret))).isTrue();
        assertThat(parsed.matches(Secret.of("Password"))).isFalse();
    }
}
