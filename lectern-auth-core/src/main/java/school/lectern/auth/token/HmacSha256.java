package school.lectern.auth.token;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import school.lectern.auth.format.Secret;

/** HMAC-SHA-256 (RFC 2104) under one pepper: an attacker who steals only the rows cannot test secrets against them. */
final class HmacSha256 implements FastHash {

    static final int LENGTH = 32;

    private static final String STANDARD_NAME = "HmacSHA256";

    private final String name;
    private final SecretKeySpec key;

    HmacSha256(int pepper, byte[] key) {
        this.name = HashAlgorithm.hmacSha256(pepper);
        this.key = new SecretKeySpec(key, STANDARD_NAME);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int length() {
        return LENGTH;
    }

    @Override
    public TokenHash hash(Secret secret) {
        try {
            Mac mac = Mac.getInstance(STANDARD_NAME);
            mac.init(key);
            return TokenHash.digest(name, ByteBuffer.wrap(mac.doFinal(secret.exposeBytes())));
        } catch (GeneralSecurityException everyJdkHasIt) {
            // Without its cause, whose message may contain details of the key.
            throw new IllegalStateException("this JDK has no " + STANDARD_NAME);
        }
    }

    boolean hasKeyOf(HmacSha256 other) {
        return MessageDigest.isEqual(key.getEncoded(), other.key.getEncoded());
    }

    @Override
    public String toString() {
        return name + "[redacted]";
    }
}
