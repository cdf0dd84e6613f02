package school.lectern.auth.spi;

import java.util.List;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.token.StoredToken;

/** A token for {@link TokenStore#insertAll}. Immutable. */
public final class TokenInsert {

    private final StoredToken token;
    private final List<String> selectors;
    private final TokenConstraints rule;
    private final AuditEvent event;

    /**
     * Creates the insert of a token under the first of several selectors that no other token has.
     *
     * @param token the token; its own selector is replaced
     * @param selectors the selectors, in order of preference; at least one
     * @param rule the constraints
     * @param event the audit event, which becomes visible with the token
     * @throws IllegalArgumentException if there is no selector
     */
    public TokenInsert(StoredToken token, List<String> selectors, TokenConstraints rule, AuditEvent event) {
        if (selectors.isEmpty()) {
            throw new IllegalArgumentException("selectors must name at least one selector, was empty");
        }
        this.token = token;
        this.selectors = List.copyOf(selectors);
        this.rule = rule;
        this.event = event;
    }

    /** {@return the token, under the first of its selectors} */
    public StoredToken token() {
        return under(selectors.get(0));
    }

    /** {@return the selectors that the token may be stored under, in order of preference} */
    public List<String> selectors() {
        return selectors;
    }

    /**
     * {@return the token under a selector}
     *
     * @param selector the selector
     */
    public StoredToken under(String selector) {
        return token.toBuilder().secret(selector, token.hash()).build();
    }

    /** {@return the constraints on the token} */
    public TokenConstraints rule() {
        return rule;
    }

    /** {@return the token's audit event} */
    public AuditEvent event() {
        return event;
    }
}
