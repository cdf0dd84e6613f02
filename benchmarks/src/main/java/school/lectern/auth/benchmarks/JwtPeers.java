package school.lectern.auth.benchmarks;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.source.ImmutableSecret;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import io.jsonwebtoken.Claims;
import io.jsonwebtoken.Jws;
import io.jsonwebtoken.JwtParser;
import io.jsonwebtoken.Jwts;
import java.text.ParseException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Date;
import javax.crypto.SecretKey;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Libraries that verify a signature and need no store: HMAC-SHA-256, an expiry, three scopes. Parsers are built once. */
@State(Scope.Benchmark)
public class JwtPeers {

    private final SecretKey key = Jwts.SIG.HS256.key().build();
    private final JwtParser jjwt = Jwts.parser().verifyWith(key).build();
    private final DefaultJWTProcessor<SecurityContext> nimbus = new DefaultJWTProcessor<>();
    private String[] signed;

    /** Signs as many tokens as the benchmark has, and checks that a valid token passes and a modified one does not. */
    @Setup
    public void setUp(Tokens tokens) {
        nimbus.setJWSKeySelector(
                new JWSVerificationKeySelector<>(JWSAlgorithm.HS256, new ImmutableSecret<>(key.getEncoded())));
        signed = new String[tokens.tokens];
        Date end = Date.from(Instant.now().plus(1, ChronoUnit.DAYS));
        for (int i = 0; i < signed.length; i++) {
            signed[i] = Jwts.builder()
                    .subject("token-" + i)
                    .claim("scope", "read:learners write:learners read:courses")
                    .expiration(end)
                    .signWith(key)
                    .compact();
        }
        Tokens.require(jjwt(0).getPayload().getSubject().equals("token-0"), "jjwt");
        Tokens.require(nimbus(0).getSubject().equals("token-0"), "nimbus");
        requireTamperedRefused();
    }

    private void requireTamperedRefused() {
        String good = signed[0];
        // The first character of the signature: its last characters contain bits that are ignored.
        int at = good.lastIndexOf('.') + 1;
        signed[0] = good.substring(0, at) + (good.charAt(at) == 'A' ? 'B' : 'A') + good.substring(at + 1);
        Tokens.requireThrows(() -> jjwt(0), "jjwt");
        Tokens.requireThrows(() -> nimbus(0), "nimbus");
        signed[0] = good;
    }

    Jws<Claims> jjwt(int i) {
        return jjwt.parseSignedClaims(signed[i]);
    }

    JWTClaimsSet nimbus(int i) {
        try {
            return nimbus.process(signed[i], null);
        } catch (ParseException | BadJOSEException | JOSEException refused) {
            throw new IllegalStateException(refused);
        }
    }
}
