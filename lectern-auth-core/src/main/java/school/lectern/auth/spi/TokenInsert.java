package school.lectern.auth.spi;

import java.util.List;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.token.StoredToken;

/** A token for {@link TokenStore#insertAll}. Immutable. */
public final class TokenInsert {

    private final StoredToken token;
    private final List<String> selectors;
    private final NameConstraint rule;
    private final AuditEvent event;

    /**
     * A token under the first of several selectors that no other token has.
     *
     * @param token the token; its own selector is replaced
     * @param selectors at least one
     * @param rule what its name must not be
     * @param event the audit event, which becomes visible with the token
     * @throws IllegalArgumentException if there is no selector
     */
    public TokenInsert(StoredToken token, List<String> selectors, NameConstraint rule, AuditEvent event) {
        if (selectors.isEmpty()) {
            throw new IllegalArgumentException("selectors must name at least one selector, was empty");
        }
        this.token = token;
        this.selectors = List.copyOf(selectors);
        this.rule = rule;
        this.event = event;
    }

    /** Returns the token, under the first of its selectors. */
    public StoredToken token() {
        return under(selectors.get(0));
    }

    /** Returns the selectors that it may be stored under, in order of preference. */
    public List<String> selectors() {
        return selectors;
    }

    /** Returns the token under that selector. */
    public StoredToken under(String selector) {
        return token.toBuilder().secret(selector, token.hash()).build();
    }

    /** Returns the rule for its name. */
    public NameConstraint rule() {
        return rule;
    }

    /** Returns its audit event. */
    public AuditEvent event() {
        return event;
    }
}
