package school.lectern.auth.servlet;

import org.junit.jupiter.api.Nested;

/** All behaviours, in Jetty. */
class JettyTest {

    @Nested
    class Credentials extends CredentialBehaviour {
        @Override
        Container container() {
            return new JettyContainer();
        }
    }

    @Nested
    class Answers extends FilterBehaviour {
        @Override
        Container container() {
            return new JettyContainer();
        }
    }

    @Nested
    class Coexistence extends CoexistenceBehaviour {
        @Override
        Container container() {
            return new JettyContainer();
        }
    }

    @Nested
    class Paths extends PathBehaviour {
        @Override
        Container container() {
            return new JettyContainer();
        }
    }

    @Nested
    class Dispatches extends DispatchBehaviour {
        @Override
        Container container() {
            return new JettyContainer();
        }
    }

    @Nested
    class Addresses extends AddressBehaviour {
        @Override
        Container container() {
            return new JettyContainer();
        }
    }

    @Nested
    class ManagementRequests extends ManagementRequestBehaviour {
        @Override
        Container container() {
            return new JettyContainer();
        }
    }

    @Nested
    class Management extends ManagementBehaviour {
        @Override
        Container container() {
            return new JettyContainer();
        }
    }

    @Nested
    class Grants extends GrantBehaviour {
        @Override
        Container container() {
            return new JettyContainer();
        }
    }

    @Nested
    class ManagementForms extends ManagementFormBehaviour {
        @Override
        Container container() {
            return new JettyContainer();
        }
    }

    @Nested
    class AuditExports extends AuditExportBehaviour {
        @Override
        Container container() {
            return new JettyContainer();
        }
    }

    @Nested
    class Dialects extends DialectBehaviour {
        @Override
        Container container() {
            return new JettyContainer();
        }
    }

    @Nested
    class Leaks extends LeakBehaviour {
        @Override
        Container container() {
            return new JettyContainer();
        }
    }
}
